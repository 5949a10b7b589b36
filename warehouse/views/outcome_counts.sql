-- Numbers of messages by all that the pages and the other views ask for, in steps of time: sums
-- over the table `rollups`, which each landing keeps up to date. Limits are read to the minute.
CREATE OR REPLACE MACRO outcome_counts(
    since := '-infinity'::TIMESTAMPTZ,
    until := 'infinity'::TIMESTAMPTZ,
    step := INTERVAL 15 MINUTES
) AS TABLE
SELECT
    time_bucket(step, counted.time) AS time,
    counted.source,
    counted.display_phone_number,
    counted.category,
    CASE
        WHEN counted.outcome <> 'open' THEN counted.outcome
        WHEN now() < counted.time + INTERVAL 1 MINUTE * coalesce(
            ages.minutes, (SELECT any_value(minutes) FROM no_outcome WHERE category = 'default')
        ) THEN 'sent'
        ELSE 'no_outcome'
    END AS outcome,
    counted.dialect,
    counted.error_code,
    coalesce(names.title, counted.error_title) AS error_title,
    CASE WHEN counted.outcome = 'failed' THEN coalesce(names.family, 'unknown') END
        AS error_family,
    sum(counted.messages)::BIGINT AS messages
FROM (
    SELECT
        -- Only of open messages is the minute needed, for their age.
        CASE WHEN outcome = 'open' THEN rollups.time ELSE steps.step END AS time,
        source, display_phone_number, category, outcome, dialect, error_code, error_title,
        sum(messages)::BIGINT AS messages
    FROM rollups
    -- Steps of days depend on the time zone, which is slow: so they are found once for each time.
    JOIN (
        SELECT time, time_bucket(step, time) AS step
        FROM (
            SELECT DISTINCT time
            FROM rollups
            WHERE kind = 'outcome'
                AND time >= coalesce(since::TIMESTAMPTZ, '-infinity')
                AND time < coalesce(until::TIMESTAMPTZ, 'infinity')
        )
    ) AS steps ON steps.time = rollups.time
    WHERE kind = 'outcome'
        AND rollups.time >= coalesce(since::TIMESTAMPTZ, '-infinity')
        AND rollups.time < coalesce(until::TIMESTAMPTZ, 'infinity')
    GROUP BY ALL
    HAVING sum(messages) <> 0
) AS counted
LEFT JOIN (
    SELECT category, any_value(minutes) AS minutes FROM no_outcome GROUP BY category
) AS ages ON ages.category = counted.category
LEFT JOIN {error_names} AS names
    ON names.code = counted.error_code
    AND names.spoken = CASE WHEN counted.error_code >= 80000 THEN 'any' ELSE counted.dialect END
GROUP BY ALL
HAVING sum(counted.messages) <> 0;

CREATE OR REPLACE VIEW outcome_counts AS FROM outcome_counts();
