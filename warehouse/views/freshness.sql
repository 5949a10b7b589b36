-- How old the data is: one row, also where nothing has landed yet. The time an event was received
-- says how far the warehouse has come; the time of the last batch, whether it is still landing.
-- A partition of which nothing has landed says nothing: it is noted when a consumer takes it.
-- SET VARIABLE bluetick_since has it look only for events received from then on, which is cheap.
CREATE OR REPLACE VIEW freshness AS
SELECT
    (
        SELECT max(updated_at) FROM kafka_offsets WHERE landed + duplicates + dead_letters > 0
    ) AS landed_at,
    max(newest) FILTER (kind <> 'dead letter') AS received_at,
    max(newest) FILTER (kind = 'status') AS status_at,
    max(newest) FILTER (kind = 'dead letter') AS dead_letter_at,
    (SELECT count(*) FROM kafka_offsets WHERE retired_at IS NULL) AS partitions
FROM (
    SELECT 'status' AS kind, max(received_at) AS newest FROM statuses
    WHERE received_at >= coalesce(getvariable('bluetick_since')::TIMESTAMPTZ, '-infinity')
        -- Times are the writer's: one far ahead would hide for years that nothing comes.
        AND received_at <= now() + INTERVAL 5 MINUTES
    UNION ALL
    SELECT 'message', max(received_at) FROM messages
    WHERE received_at >= coalesce(getvariable('bluetick_since')::TIMESTAMPTZ, '-infinity')
        AND received_at <= now() + INTERVAL 5 MINUTES
    UNION ALL
    SELECT 'error', max(received_at) FROM errors
    WHERE received_at >= coalesce(getvariable('bluetick_since')::TIMESTAMPTZ, '-infinity')
        AND received_at <= now() + INTERVAL 5 MINUTES
    UNION ALL
    SELECT 'account event', max(received_at) FROM account_events
    WHERE received_at >= coalesce(getvariable('bluetick_since')::TIMESTAMPTZ, '-infinity')
        AND received_at <= now() + INTERVAL 5 MINUTES
    UNION ALL
    SELECT 'dead letter', max(received_at) FROM dead_letters
    WHERE received_at >= coalesce(getvariable('bluetick_since')::TIMESTAMPTZ, '-infinity')
        AND received_at <= now() + INTERVAL 5 MINUTES
)
