{{ config(materialized="table") }}
SELECT first_at::DATE AS day, outcome, count(*) AS messages
FROM {{ source("bluetick", "outcomes") }}
GROUP BY ALL
