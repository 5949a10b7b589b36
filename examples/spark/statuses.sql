-- Statuses by day, from the rows themselves.
SELECT
    occurred_at::DATE AS day,
    status,
    count(*) AS statuses,
    count(DISTINCT message_id) AS messages
FROM statuses
GROUP BY ALL
