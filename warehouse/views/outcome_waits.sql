-- How many messages took how many seconds from `sent` until they were delivered or read, by the
-- time of `first_at`. Limits are read to the minute. With `after`, only messages that were done
-- after this moment; for that, they count from the middle of their step.

-- Not added up yet: numbers can be negative, and several rows can be about the same. A query that
-- adds them up by few columns reads only these.
CREATE OR REPLACE MACRO wait_rows(
    since := '-infinity'::TIMESTAMPTZ,
    until := 'infinity'::TIMESTAMPTZ,
    step := INTERVAL 15 MINUTES,
    after := '-infinity'::TIMESTAMPTZ
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
        kind AS wait, seconds, messages
    FROM chosen
    {join_steps}
    -- Here and not in a query of the result: most rows are left out before they are added up. By
    -- numbers, because intervals are slow.
    WHERE coalesce(after::TIMESTAMPTZ, '-infinity') = '-infinity'
        OR epoch_us(steps.step) + epoch_us(step) // 2 + 1_000_000 * seconds
            > epoch_us(after::TIMESTAMPTZ)
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
    messages
FROM ({with_category});

CREATE OR REPLACE MACRO outcome_waits(
    since := '-infinity'::TIMESTAMPTZ,
    until := 'infinity'::TIMESTAMPTZ,
    step := INTERVAL 15 MINUTES,
    after := '-infinity'::TIMESTAMPTZ
) AS TABLE
SELECT * REPLACE (sum(messages)::BIGINT AS messages)  -- noqa: AM04
FROM wait_rows(since, until, step, after)
GROUP BY ALL
HAVING sum(messages) <> 0;

CREATE OR REPLACE VIEW outcome_waits AS FROM outcome_waits();
