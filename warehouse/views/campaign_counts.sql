-- Numbers of messages by campaign and market, in steps of time. It has more rows than
-- `outcome_counts`, which is faster where neither is asked for. Limits are read to the minute.
CREATE OR REPLACE MACRO campaign_counts(
    since := '-infinity'::TIMESTAMPTZ,
    until := 'infinity'::TIMESTAMPTZ,
    step := INTERVAL 15 MINUTES
) AS TABLE
WITH chosen AS NOT MATERIALIZED (
    FROM rollups
    WHERE kind = 'campaign'
        AND time >= coalesce(since::TIMESTAMPTZ, '-infinity')
        AND time < coalesce(until::TIMESTAMPTZ, 'infinity')
),
counted AS NOT MATERIALIZED (
    SELECT
        -- Only open messages have an age that matters.
        CASE WHEN outcome = 'open' THEN steps.open_since END AS threshold,
        steps.step AS time,
        source, waba_id, display_phone_number, category, campaign_id, market, outcome, dialect,
        error_code,
        sum(messages)::BIGINT AS messages
    FROM chosen
    {join_steps}
    GROUP BY ALL
    HAVING sum(messages) <> 0
)
SELECT
    found.time,
    found.source,
    found.waba_id,
    found.display_phone_number,
    found.category,
    found.category_basis,
    CASE WHEN found.campaign_id IS NOT NULL THEN coalesce(campaign.name, 'other') END AS campaign,
    found.market,
    {outcome_by_age} AS outcome,
    found.dialect,
    found.error_code,
    names.title AS error_title,
    CASE WHEN found.outcome = 'failed' THEN coalesce(names.family, 'unknown') END
        AS error_family,
    sum(found.messages)::BIGINT AS messages
FROM ({with_category}) AS found
{campaign_look_up}
{look_ups}
GROUP BY ALL
HAVING sum(found.messages) <> 0;

CREATE OR REPLACE VIEW campaign_counts AS FROM campaign_counts();
