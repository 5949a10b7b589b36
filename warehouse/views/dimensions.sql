-- Which sources, business numbers and categories there are: fast, as messages are not counted.
-- A source may be missing in `outcomes` if other sources report all of its messages too.
CREATE OR REPLACE MACRO dimensions(
    since := '-infinity'::TIMESTAMPTZ, until := 'infinity'::TIMESTAMPTZ
) AS TABLE
SELECT DISTINCT source, display_phone_number, category
FROM statuses
WHERE kind = 'message' AND channel IN ('messages', 'standby') AND status <> 'deleted'
    AND (
        display_phone_number IS NOT NULL
        OR status IN ('sent', 'delivered', 'read', 'played', 'failed')
    )
    AND occurred_at >= coalesce(since::TIMESTAMPTZ, '-infinity')
    -- A message of this time may name its category later.
    AND occurred_at < coalesce(until::TIMESTAMPTZ + INTERVAL 31 DAYS, 'infinity');

CREATE OR REPLACE VIEW dimensions AS FROM dimensions();
