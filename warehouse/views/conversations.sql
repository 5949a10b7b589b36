-- Where conversations came from. Newer traffic has no conversations: under per-message pricing an
-- id stands for one message, or is left out. Such messages are counted by the next best thing
-- they say, and origin_basis tells which that is.
CREATE OR REPLACE VIEW conversations AS
SELECT
    day,
    display_phone_number,
    origin,
    origin_basis,
    CASE WHEN origin_basis = 'conversation' THEN count(*) END AS conversations,
    sum(messages)::BIGINT AS messages
FROM (
    -- A conversation counts once, on the day of its first message and by the origin it had then.
    SELECT
        min(first_at)::DATE AS day,
        display_phone_number,
        CASE WHEN origin_basis = 'conversation' THEN arg_min(origin, first_at) ELSE instead END
            AS origin,
        origin_basis,
        count(*) AS messages
    FROM (
        SELECT
            *,
            CASE
                WHEN conversation_id IS NOT NULL AND (
                    pricing_model IS DISTINCT FROM 'PMP' OR pricing_type = 'free_entry_point'
                ) THEN 'conversation'
                WHEN category IS NOT NULL THEN 'category'
                WHEN pricing_type IS NOT NULL THEN 'pricing_type'
            END AS origin_basis,
            CASE WHEN origin_basis = 'conversation' THEN conversation_id END AS conversation,
            CASE WHEN origin_basis <> 'conversation' THEN first_at::DATE END AS single_day,
            CASE WHEN origin_basis <> 'conversation' THEN coalesce(category, pricing_type) END
                AS instead
        FROM outcomes
    )
    WHERE origin_basis IS NOT NULL
    GROUP BY display_phone_number, origin_basis, conversation, single_day, instead
)
GROUP BY day, display_phone_number, origin, origin_basis
UNION ALL
SELECT
    occurred_at::DATE AS day,
    display_phone_number,
    referral_source_type AS origin,
    'referral' AS origin_basis,
    NULL AS conversations,
    count(DISTINCT message_id) AS messages
FROM messages
WHERE referral_source_type IS NOT NULL AND channel IN ('messages', 'standby')
    AND occurred_at >= coalesce(getvariable('bluetick_since')::TIMESTAMPTZ, '-infinity')
    AND occurred_at < coalesce(getvariable('bluetick_until')::TIMESTAMPTZ, 'infinity')
GROUP BY ALL
