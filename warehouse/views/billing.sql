-- Delivered messages (in groups: deliveries) by what they cost. A charge arises on delivery, so
-- the day is that of the delivery.
CREATE OR REPLACE VIEW billing AS
SELECT
    delivered_at::DATE AS day,
    display_phone_number,
    pricing_model,
    pricing_type,
    category,
    market,
    verdict,
    count(*) AS units
FROM outcomes
WHERE delivered_at IS NOT NULL
GROUP BY ALL
