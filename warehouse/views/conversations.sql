-- Where conversations came from. Newer traffic has no conversations: under per-message pricing an
-- id stands for one message, or is left out. Such messages are counted by the next best field that
-- they have, and origin_basis says which that is.
CREATE OR REPLACE MACRO conversations(
    since := '-infinity'::TIMESTAMPTZ, until := 'infinity'::TIMESTAMPTZ
) AS TABLE
SELECT
    began_at::DATE AS day,
    display_phone_number,
    origin,
    origin_basis,
    CASE WHEN origin_basis = 'conversation' THEN count(*) END AS conversations,
    sum(messages)::BIGINT AS messages
FROM (
    -- A conversation counts once, on the day of its first message and by the origin it had then.
    SELECT
        min(first_at) AS began_at,
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
        -- The longest conversation, from a free entry point, takes seven days: one that began
        -- before `since` is not counted, and one that began before `until` is counted whole.
        FROM outcomes(
            since::TIMESTAMPTZ - INTERVAL 7 DAYS, until::TIMESTAMPTZ + INTERVAL 7 DAYS
        )
        -- This leaves out single messages outside the time before they are grouped.
        WHERE origin_basis = 'conversation' OR (
            first_at >= coalesce(since::TIMESTAMPTZ, '-infinity')
            AND first_at < coalesce(until::TIMESTAMPTZ, 'infinity')
        )
    )
    WHERE origin_basis IS NOT NULL
    GROUP BY display_phone_number, origin_basis, conversation, single_day, instead
)
WHERE began_at >= coalesce(since::TIMESTAMPTZ, '-infinity')
    AND began_at < coalesce(until::TIMESTAMPTZ, 'infinity')
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
    AND occurred_at >= coalesce(since::TIMESTAMPTZ, '-infinity')
    AND occurred_at < coalesce(until::TIMESTAMPTZ, 'infinity')
GROUP BY ALL;

CREATE OR REPLACE VIEW conversations AS FROM conversations();
