-- As the view `delivery`, without the category, which may be inferred. `open` is young or has no outcome.
SELECT
    date_trunc('hour', time) AS hour,
    source,
    display_phone_number,
    sum(messages) AS messages,
    sum(if(outcome IN ('delivered', 'read'), messages, 0)) AS delivered,
    sum(if(outcome = 'read', messages, 0)) AS read,
    sum(if(outcome = 'failed', messages, 0)) AS failed,
    sum(if(outcome = 'open', messages, 0)) AS open
FROM rollups
WHERE kind = 'outcome'
GROUP BY ALL
HAVING sum(messages) <> 0
