-- The beginning of the step of each time in `chosen`. Steps of days depend on the time zone, which is
-- slow: so they are found once for each time.
JOIN (
    SELECT time, time_bucket(step, time) AS step FROM (SELECT DISTINCT time FROM chosen)
) AS steps ON steps.time = chosen.time
