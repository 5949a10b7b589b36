-- Where conversations came from. Newer traffic has no conversations: under per-message pricing an
-- id stands for one message, or is left out. Such messages are counted by the next best thing
-- they say, and origin_basis tells which that is.
CREATE OR REPLACE VIEW conversations AS
WITH sorted AS NOT MATERIALIZED (
    SELECT
        first_at, display_phone_number, conversation_id, origin, category, pricing_type,
        CASE
            WHEN conversation_id IS NOT NULL AND (
                pricing_model IS DISTINCT FROM 'PMP' OR pricing_type = 'free_entry_point'
            ) THEN 'conversation'
            WHEN category IS NOT NULL THEN 'category'
            WHEN pricing_type IS NOT NULL THEN 'pricing_type'
        END AS basis
    FROM outcomes
)
-- A conversation counts once, on the day of its first message.
SELECT
    day, display_phone_number, origin, 'conversation' AS origin_basis,
    count(*) AS conversations, sum(messages)::BIGINT AS messages
FROM (
    SELECT
        min(first_at)::DATE AS day, display_phone_number, arg_min(origin, first_at) AS origin,
        count(*) AS messages
    FROM sorted
    WHERE basis = 'conversation'
    GROUP BY display_phone_number, conversation_id
)
GROUP BY ALL
UNION ALL
SELECT
    first_at::DATE AS day, display_phone_number,
    CASE basis WHEN 'category' THEN category ELSE pricing_type END AS origin,
    basis AS origin_basis, NULL AS conversations, count(*) AS messages
FROM sorted
WHERE basis IN ('category', 'pricing_type')
GROUP BY ALL
UNION ALL
SELECT
    occurred_at::DATE AS day, display_phone_number, referral_source_type AS origin,
    'referral' AS origin_basis, NULL AS conversations, count(DISTINCT message_id) AS messages
FROM messages
WHERE referral_source_type IS NOT NULL AND channel IN ('messages', 'standby')
    AND occurred_at >= coalesce(getvariable('bluetick_since')::TIMESTAMPTZ, '-infinity')
    AND occurred_at < coalesce(getvariable('bluetick_until')::TIMESTAMPTZ, 'infinity')
GROUP BY ALL
