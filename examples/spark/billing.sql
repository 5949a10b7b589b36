-- As the view `billing`.
SELECT
    time::DATE AS day,
    waba_id,
    display_phone_number,
    pricing_model,
    pricing_type,
    category,
    market,
    verdict,
    sum(messages) AS units
FROM rollups
WHERE kind = 'billing'
GROUP BY ALL
HAVING sum(messages) <> 0
