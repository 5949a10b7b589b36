-- What could not be understood, by the minute in which it was received, and why.
CREATE OR REPLACE VIEW dead_letter_counts AS
SELECT date_trunc('minute', received_at) AS minute, source, reason, count(*) AS dead_letters
FROM dead_letters
GROUP BY ALL
