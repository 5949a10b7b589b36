-- Delivered messages (in groups: deliveries) by what they cost. A charge arises on delivery, so
-- time and day are those of the delivery. Limits are read to the minute.
CREATE OR REPLACE MACRO billing(
    since := '-infinity'::TIMESTAMPTZ, until := 'infinity'::TIMESTAMPTZ
) AS TABLE
WITH chosen AS NOT MATERIALIZED (
    FROM rollups
    WHERE kind = 'billing'
        AND time >= coalesce(since::TIMESTAMPTZ, '-infinity')
        AND time < coalesce(until::TIMESTAMPTZ, 'infinity')
)
SELECT
    steps.shown::DATE AS day,
    waba_id,
    display_phone_number,
    pricing_model,
    pricing_type,
    category,
    market,
    verdict,
    sum(messages)::BIGINT AS units
FROM chosen
{join_days}
GROUP BY ALL
HAVING sum(messages) <> 0;

CREATE OR REPLACE VIEW billing AS FROM billing();
