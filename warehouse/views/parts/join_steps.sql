-- The beginning of the step of each time in `chosen`, by the clock of the session's time zone. They
-- are found once for each time, because time zones are slow. Where a time comes twice, a cast takes
-- the second one, and the beginning of the first is as far away by the clock.
JOIN (
    SELECT
        time,
        CASE
            WHEN began::TIMESTAMPTZ <= time THEN began::TIMESTAMPTZ
            ELSE time - (shown - began)
        END AS step
    FROM (
        SELECT time, time::TIMESTAMP AS shown, time_bucket(step, time::TIMESTAMP) AS began
        FROM (SELECT DISTINCT time FROM chosen)
    )
) AS steps ON steps.time = chosen.time
