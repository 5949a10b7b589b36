-- How old the data is: one row, empty before anything has landed. The time an event was received
-- says how far the warehouse has come; the time of the last batch, whether it is still landing.
-- SET VARIABLE bluetick_since has it look only for events received from then on, which is cheap.
CREATE OR REPLACE VIEW freshness AS
SELECT
    (SELECT max(updated_at) FROM kafka_offsets) AS landed_at,
    max(newest) AS received_at
FROM (
    SELECT max(received_at) AS newest FROM statuses
    WHERE received_at >= coalesce(getvariable('bluetick_since')::TIMESTAMPTZ, '-infinity')
    UNION ALL
    SELECT max(received_at) FROM messages
    WHERE received_at >= coalesce(getvariable('bluetick_since')::TIMESTAMPTZ, '-infinity')
    UNION ALL
    SELECT max(received_at) FROM account_events
    WHERE received_at >= coalesce(getvariable('bluetick_since')::TIMESTAMPTZ, '-infinity')
)
