-- Where conversations came from, and messages without one; origin_basis says what was counted.
CREATE OR REPLACE MACRO conversations(
    since := '-infinity'::TIMESTAMPTZ, until := 'infinity'::TIMESTAMPTZ
) AS TABLE
-- A conversation counts once, on the day of its first message and by the origin it had then.
SELECT
    began_at::DATE AS day,
    waba_id,
    display_phone_number,
    origin,
    'conversation' AS origin_basis,
    count(*) AS conversations,
    sum(messages)::BIGINT AS messages
FROM (
    SELECT
        min(time) AS began_at,
        arg_min(waba_id, time) AS waba_id,
        display_phone_number,
        arg_min(origin, time) AS origin,
        sum(messages) AS messages
    FROM (
        SELECT
            time, waba_id, display_phone_number, origin, conversation_id,
            sum(messages) AS messages
        FROM rollups
        WHERE kind = 'conversation' AND conversation_id IS NOT NULL
            -- The longest conversation, from a free entry point, takes seven days: one that began
            -- before `since` is not counted, and one that began before `until` is counted whole.
            AND time >= coalesce(since::TIMESTAMPTZ - INTERVAL 168 HOURS, '-infinity')
            AND time < coalesce(until::TIMESTAMPTZ + INTERVAL 168 HOURS, 'infinity')
        GROUP BY ALL
        HAVING sum(messages) > 0
    )
    GROUP BY display_phone_number, conversation_id
)
WHERE began_at >= coalesce(since::TIMESTAMPTZ, '-infinity')
    AND began_at < coalesce(until::TIMESTAMPTZ, 'infinity')
GROUP BY ALL
UNION ALL
SELECT
    time::DATE AS day,
    waba_id,
    display_phone_number,
    origin,
    origin_basis,
    NULL AS conversations,
    sum(messages)::BIGINT AS messages
FROM rollups
WHERE kind = 'conversation' AND conversation_id IS NULL
    AND time >= coalesce(since::TIMESTAMPTZ, '-infinity')
    AND time < coalesce(until::TIMESTAMPTZ, 'infinity')
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
    AND occurred_at >= coalesce(since::TIMESTAMPTZ, '-infinity')
    AND occurred_at < coalesce(until::TIMESTAMPTZ, 'infinity')
GROUP BY ALL;

CREATE OR REPLACE VIEW conversations AS FROM conversations();
