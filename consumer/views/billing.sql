-- Delivered messages (in groups: deliveries) by what they cost. A charge arises on delivery, so
-- the day is that of the delivery. What is charged is what the provider says, whatever the date.
CREATE OR REPLACE VIEW billing AS
SELECT
    delivered_at::DATE AS day,
    display_phone_number,
    pricing_model,
    pricing_type,
    category,
    market,
    CASE
        WHEN pricing_type = 'regular' THEN 'billable'
        WHEN starts_with(pricing_type, 'free_') THEN 'free'
        WHEN pricing_type IS NOT NULL THEN 'unknown'
        WHEN billable THEN 'billable'
        WHEN NOT billable THEN 'free'
        ELSE 'unknown'
    END AS verdict,
    count(*) AS units
FROM outcomes
WHERE delivered_at IS NOT NULL
GROUP BY ALL
