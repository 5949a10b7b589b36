-- How old the data is, in one row, even if nothing has landed yet. received_at says how far the
-- warehouse has come; landed_at says whether events still land. A partition without landed events
-- does not count for landed_at: its row exists from the moment a consumer reads it.
-- freshness(since) reads only events received since then, which is fast.
CREATE OR REPLACE MACRO freshness(since := '-infinity'::TIMESTAMPTZ) AS TABLE
SELECT
    (
        SELECT max(updated_at) FROM kafka_offsets WHERE landed + duplicates + dead_letters > 0
    ) AS landed_at,
    max(newest) FILTER (kind <> 'dead letter') AS received_at,
    max(newest) FILTER (kind = 'status') AS status_at,
    max(newest) FILTER (kind = 'dead letter') AS dead_letter_at,
    (SELECT count(*) FROM kafka_offsets WHERE retired_at IS NULL) AS partitions
FROM (
    SELECT kind, max(received_at) AS newest
    FROM (
        SELECT 'status' AS kind, received_at FROM statuses
        UNION ALL SELECT 'message', received_at FROM messages
        UNION ALL SELECT 'error', received_at FROM errors
        UNION ALL SELECT 'account event', received_at FROM account_events
        UNION ALL SELECT 'dead letter', received_at FROM dead_letters
    )
    WHERE received_at >= coalesce(since::TIMESTAMPTZ, '-infinity')
        -- The writer sets the times: one far in the future would hide that no events arrive.
        AND received_at <= now() + INTERVAL 5 MINUTES
    GROUP BY kind
);

CREATE OR REPLACE VIEW freshness AS FROM freshness();
