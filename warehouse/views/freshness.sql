-- How old the data is, in one row, even if nothing has landed yet. received_at says how far the
-- warehouse has come; landed_at says whether events still land, and beat_at whether a consumer
-- works at all. A partition without landed events does not count for landed_at: its row exists from
-- the moment a consumer reads it.
-- freshness(since) reads only events received since then, which is fast.
CREATE OR REPLACE MACRO freshness(since := '-infinity'::TIMESTAMPTZ) AS TABLE
SELECT
    (
        SELECT max(updated_at) FROM kafka_offsets WHERE landed + duplicates + dead_letters > 0
    ) AS landed_at,
    max(newest) FILTER (kind <> 'dead letter') AS received_at,
    max(newest) FILTER (kind = 'status') AS status_at,
    max(newest) FILTER (kind = 'dead letter') AS dead_letter_at,
    (SELECT count(*) FROM kafka_offsets WHERE retired_at IS NULL) AS partitions,
    (SELECT max(beat_at) FROM heartbeats) AS beat_at,
    -- Of the consumers that still report: another one has the partitions of one that has stopped.
    (
        SELECT sum(reports.waiting)::BIGINT FROM heartbeats AS reports
        WHERE reports.beat_at > (SELECT max(beat_at) FROM heartbeats) - INTERVAL 45 SECONDS
    ) AS waiting
FROM (
    -- The writer sets the times: one far in the future would hide that no events arrive.
    SELECT 'status' AS kind, max(received_at) AS newest FROM statuses
    WHERE received_at >= coalesce(since::TIMESTAMPTZ, '-infinity')
        AND received_at <= now() + INTERVAL 5 MINUTES
    UNION ALL
    SELECT 'message', max(received_at) FROM messages
    WHERE received_at >= coalesce(since::TIMESTAMPTZ, '-infinity')
        AND received_at <= now() + INTERVAL 5 MINUTES
    UNION ALL
    SELECT 'error', max(received_at) FROM errors
    WHERE received_at >= coalesce(since::TIMESTAMPTZ, '-infinity')
        AND received_at <= now() + INTERVAL 5 MINUTES
    UNION ALL
    SELECT 'account event', max(received_at) FROM account_events
    WHERE received_at >= coalesce(since::TIMESTAMPTZ, '-infinity')
        AND received_at <= now() + INTERVAL 5 MINUTES
    UNION ALL
    SELECT 'dead letter', max(received_at) FROM dead_letters
    WHERE received_at >= coalesce(since::TIMESTAMPTZ, '-infinity')
        AND received_at <= now() + INTERVAL 5 MINUTES
);

CREATE OR REPLACE VIEW freshness AS FROM freshness();
