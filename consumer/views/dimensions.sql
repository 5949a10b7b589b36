-- Which sources, business numbers and categories there are: cheap, as messages are not counted.
CREATE OR REPLACE VIEW dimensions AS
SELECT DISTINCT source, display_phone_number, category
FROM statuses
WHERE kind = 'message' AND channel IN ('messages', 'standby') AND status <> 'deleted'
    AND occurred_at >= coalesce(getvariable('bluetick_since')::TIMESTAMPTZ, '-infinity')
