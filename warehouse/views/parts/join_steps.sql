-- For each time in `chosen`, by the clocks of the session's time zone: what they show, and the
-- beginning of the step. And the latest moment before it after which open messages of some category
-- still count as open (see outcome_by_age.sql): so the age of a message is known without its minute.
-- All of it is found once for each time, because time zones are slow: for each minute of a short
-- range, and otherwise for the times that occur, which reads the table once more. Where a time comes
-- twice, a cast takes the second one, and the beginning of the first is as far away by the clock.
JOIN (
    SELECT
        found.time,
        found.shown,
        CASE
            WHEN began::TIMESTAMPTZ <= found.time THEN began::TIMESTAMPTZ
            ELSE found.time - (shown - began)
        END AS step,
        thresholds.open_since
    FROM (
        SELECT time, time::TIMESTAMP AS shown, time_bucket({step}, time::TIMESTAMP) AS began
        FROM (
            SELECT make_timestamptz(60_000_000 * minutes.minute) AS time
            -- As rows: a list would be a constant, which takes longer to plan than to run.
            FROM range(
                CASE WHEN {short} THEN epoch_us({first}) // 60_000_000 - 1 ELSE 0 END,
                CASE WHEN {short} THEN epoch_us(until::TIMESTAMPTZ) // 60_000_000 + 1 ELSE 0 END
            ) AS minutes(minute)
            UNION ALL
            SELECT DISTINCT time FROM chosen WHERE NOT {short}
        )
    ) AS found
    ASOF LEFT JOIN (
        SELECT DISTINCT now() - INTERVAL 1 MINUTE * minutes AS open_since FROM no_outcome
    ) AS thresholds ON thresholds.open_since < found.time
) AS steps ON steps.time = chosen.time
