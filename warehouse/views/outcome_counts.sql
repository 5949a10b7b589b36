-- Numbers of messages: outcomes grouped by all that the pages and the other views ask for, in
-- steps of time. `delivery`, `failures` and the dashboard read this, never `outcomes` itself, so
-- that sums that are stored once can take its place.
CREATE OR REPLACE MACRO outcome_counts(
    since := '-infinity'::TIMESTAMPTZ,
    until := 'infinity'::TIMESTAMPTZ,
    step := INTERVAL 15 MINUTES
) AS TABLE
SELECT
    time_bucket(step, first_at) AS time,
    source,
    display_phone_number,
    category,
    outcome,
    CASE WHEN outcome = 'failed' THEN dialect END AS dialect,
    CASE WHEN outcome = 'failed' THEN error_code END AS error_code,
    CASE WHEN outcome = 'failed' THEN error_title END AS error_title,
    CASE WHEN outcome = 'failed' THEN error_family END AS error_family,
    count(*) AS messages,
    -- How many messages took so many seconds: whole seconds, and from two minutes on steps of 2 %.
    -- A later status may have an earlier time: that is 0.
    histogram(
        CASE WHEN to_deliver < 120 THEN greatest(round(to_deliver), 0)
            ELSE exp(round(ln(to_deliver) * 50) / 50) END
    ) FILTER (to_deliver IS NOT NULL) AS seconds_to_deliver,
    histogram(
        CASE WHEN to_read < 120 THEN greatest(round(to_read), 0)
            ELSE exp(round(ln(to_read) * 50) / 50) END
    ) FILTER (to_read IS NOT NULL) AS seconds_to_read
FROM (
    SELECT *, epoch(delivered_at - sent_at) AS to_deliver, epoch(read_at - sent_at) AS to_read
    FROM outcomes(since, until)
)
GROUP BY ALL;

CREATE OR REPLACE VIEW outcome_counts AS FROM outcome_counts();
