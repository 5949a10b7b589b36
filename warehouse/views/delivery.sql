-- Delivery rates by the hour in which messages were first told of. Counts are cumulative: a read
-- message was delivered, too. Hours begin in the session's time zone.
CREATE OR REPLACE VIEW delivery AS
SELECT
    date_trunc('hour', first_at) AS hour,
    source,
    display_phone_number,
    category,
    count(*) AS messages,
    count(*) FILTER (outcome = 'sent') AS sent,
    count(*) FILTER (outcome IN ('delivered', 'read')) AS delivered,
    count(*) FILTER (outcome = 'read') AS read,
    count(*) FILTER (outcome = 'failed') AS failed,
    count(*) FILTER (outcome = 'no_outcome') AS no_outcome,
    delivered / messages AS delivery_rate,
    read / messages AS read_rate,
    failed / messages AS failure_rate
FROM outcomes
GROUP BY ALL
