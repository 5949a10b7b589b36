-- How many messages took how many seconds from `sent` until they were delivered or read, by the
-- time of `first_at`. Limits are read to the minute.
CREATE OR REPLACE MACRO outcome_waits(
    since := '-infinity'::TIMESTAMPTZ,
    until := 'infinity'::TIMESTAMPTZ,
    step := INTERVAL 15 MINUTES
) AS TABLE
WITH chosen AS NOT MATERIALIZED (
    FROM rollups
    WHERE kind IN ('deliver', 'read')
        AND time >= coalesce(since::TIMESTAMPTZ, '-infinity')
        AND time < coalesce(until::TIMESTAMPTZ, 'infinity')
),
counted AS NOT MATERIALIZED (
    SELECT
        steps.step AS time, source, waba_id, display_phone_number, category, campaign_id,
        kind AS wait, seconds,
        sum(messages)::BIGINT AS messages
    FROM chosen
    {join_steps}
    GROUP BY ALL
)
SELECT
    time,
    source,
    waba_id,
    display_phone_number,
    category,
    category_basis,
    wait,
    seconds,
    sum(messages)::BIGINT AS messages
FROM ({with_category})
GROUP BY ALL
HAVING sum(messages) <> 0;

CREATE OR REPLACE VIEW outcome_waits AS FROM outcome_waits();
