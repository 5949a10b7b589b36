-- Delivered messages (in groups: deliveries) by what they cost. A charge arises on delivery, so
-- time and day are those of the delivery.
CREATE OR REPLACE MACRO billing(
    since := '-infinity'::TIMESTAMPTZ, until := 'infinity'::TIMESTAMPTZ
) AS TABLE
SELECT
    delivered_at::DATE AS day,
    display_phone_number,
    pricing_model,
    pricing_type,
    category,
    market,
    verdict,
    count(*) AS units
-- A delivery can take 30 days, and can be stamped before the `sent` of its message.
FROM outcomes(since::TIMESTAMPTZ - INTERVAL 31 DAYS, until::TIMESTAMPTZ + INTERVAL 1 HOUR)
WHERE delivered_at >= coalesce(since::TIMESTAMPTZ, '-infinity')
    AND delivered_at < coalesce(until::TIMESTAMPTZ, 'infinity')
GROUP BY ALL;

CREATE OR REPLACE VIEW billing AS FROM billing();
