-- As the view `failures`, without the category and the texts.
SELECT
    date_trunc('day', time)::DATE AS day,
    display_phone_number,
    dialect,
    error_code,
    sum(messages) AS messages
FROM rollups
WHERE kind = 'outcome' AND outcome = 'failed'
GROUP BY ALL
HAVING sum(messages) <> 0
