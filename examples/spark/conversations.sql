-- As the view `conversations`: a conversation counts once, on the day of its first message.
SELECT
    began_at::DATE AS day,
    waba_id,
    display_phone_number,
    origin,
    'conversation' AS origin_basis,
    count(*) AS conversations,
    sum(messages) AS messages
FROM (
    SELECT
        min(time) AS began_at,
        min_by(waba_id, time) AS waba_id,
        display_phone_number,
        min_by(origin, time) AS origin,
        sum(messages) AS messages
    FROM (
        SELECT
            time, waba_id, display_phone_number, origin, conversation_id,
            sum(messages) AS messages
        FROM rollups
        WHERE kind = 'conversation' AND conversation_id IS NOT NULL
        GROUP BY ALL
        HAVING sum(messages) > 0
    )
    GROUP BY display_phone_number, conversation_id
)
GROUP BY ALL
UNION ALL
SELECT
    time::DATE AS day,
    waba_id,
    display_phone_number,
    origin,
    origin_basis,
    NULL AS conversations,
    sum(messages) AS messages
FROM rollups
WHERE kind = 'conversation' AND conversation_id IS NULL
GROUP BY ALL
HAVING sum(messages) <> 0
UNION ALL
SELECT
    occurred_at::DATE AS day,
    waba_id,
    display_phone_number,
    referral_source_type AS origin,
    'referral' AS origin_basis,
    NULL AS conversations,
    count(DISTINCT message_id) AS messages
FROM messages
WHERE referral_source_type IS NOT NULL AND channel IN ('messages', 'standby')
GROUP BY ALL
