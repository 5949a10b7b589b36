-- What could not be understood, by the minute in which it was received, and why.
CREATE OR REPLACE MACRO dead_letter_counts(
    since := '-infinity'::TIMESTAMPTZ, until := 'infinity'::TIMESTAMPTZ
) AS TABLE
SELECT date_trunc('minute', received_at) AS minute, source, reason, count(*) AS dead_letters
FROM dead_letters
WHERE received_at >= coalesce(since::TIMESTAMPTZ, '-infinity')
    AND received_at < coalesce(until::TIMESTAMPTZ, 'infinity')
GROUP BY ALL;

CREATE OR REPLACE VIEW dead_letter_counts AS FROM dead_letter_counts();
