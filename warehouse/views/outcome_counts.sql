-- Numbers of messages by all that the pages and the other views ask for, in steps of time: sums
-- over the table `rollups`, which each landing keeps up to date. Limits are read to the minute.
CREATE OR REPLACE MACRO outcome_counts(
    since := '-infinity'::TIMESTAMPTZ,
    until := 'infinity'::TIMESTAMPTZ,
    step := INTERVAL 15 MINUTES
) AS TABLE
WITH chosen AS NOT MATERIALIZED (
    FROM rollups
    WHERE kind = 'outcome'
        AND time >= coalesce(since::TIMESTAMPTZ, '-infinity')
        AND time < coalesce(until::TIMESTAMPTZ, 'infinity')
),
counted AS NOT MATERIALIZED (
    SELECT
        -- Only open messages have an age that matters.
        CASE WHEN outcome = 'open' THEN steps.open_since END AS threshold,
        steps.step AS time,
        source, waba_id, display_phone_number, category, campaign_id, outcome, dialect, error_code,
        error_title,
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
    {outcome_by_age} AS outcome,
    found.dialect,
    found.error_code,
    coalesce(names.title, found.error_title) AS error_title,
    CASE WHEN found.outcome = 'failed' THEN coalesce(names.family, 'unknown') END
        AS error_family,
    sum(found.messages)::BIGINT AS messages
FROM ({with_category}) AS found
{look_ups}
GROUP BY ALL
HAVING sum(found.messages) <> 0;

CREATE OR REPLACE VIEW outcome_counts AS FROM outcome_counts();
