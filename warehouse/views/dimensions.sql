-- Which sources, business numbers and categories there are: cheap, as messages are not counted.
-- A source all of whose messages others tell of, too, may stand in `outcomes` nowhere.
CREATE OR REPLACE VIEW dimensions AS
SELECT DISTINCT source, display_phone_number, category
FROM statuses
WHERE kind = 'message' AND channel IN ('messages', 'standby') AND status <> 'deleted'
    AND (
        display_phone_number IS NOT NULL
        OR status IN ('sent', 'delivered', 'read', 'played', 'failed')
    )
    AND occurred_at >= coalesce(getvariable('bluetick_since')::TIMESTAMPTZ, '-infinity')
