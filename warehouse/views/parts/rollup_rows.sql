-- What each message adds to the table `rollups`, over messages with their `facts` and with the
-- minute in which they began. {sign} is the number of messages that one row counts: 1, or -1 to
-- take away what was counted before.
SELECT
    'outcome' AS kind,
    first_minute AS time,
    source,
    waba_id,
    display_phone_number,
    category,
    -- Only where the category must be inferred.
    CASE WHEN category IS NULL THEN campaign_id END AS campaign_id,
    coalesce(result, 'open') AS outcome,
    CASE WHEN result = 'failed' THEN dialect END AS dialect,
    CASE WHEN result = 'failed' THEN error_code END AS error_code,
    CASE WHEN result = 'failed' THEN left(error_title, 200) END AS error_title,
    NULL::BIGINT AS seconds,
    NULL AS pricing_model,
    NULL AS pricing_type,
    NULL AS market,
    NULL AS verdict,
    NULL AS origin_basis,
    NULL AS origin,
    NULL AS conversation_id,
    sum({sign})::BIGINT AS messages
FROM counted
GROUP BY ALL
UNION ALL BY NAME
SELECT
    wait.kind,
    first_minute AS time,
    source,
    waba_id,
    display_phone_number,
    category,
    CASE WHEN category IS NULL THEN campaign_id END AS campaign_id,
    -- Whole seconds, and from two minutes on steps of 3 %: also when rounded, 2 % off at most. A
    -- later status may have an earlier time: that is 0.
    (CASE WHEN wait.took < 120 THEN greatest(round(wait.took), 0)
        ELSE round(exp(round(ln(wait.took) * 32) / 32)) END)::BIGINT AS seconds,
    sum({sign})::BIGINT AS messages
FROM (
    SELECT
        *,
        unnest([
            {'kind': 'deliver', 'took': epoch(delivered_at - sent_at)},
            {'kind': 'read', 'took': epoch(read_at - sent_at)}
        ]) AS wait
    FROM counted
    WHERE sent_at IS NOT NULL AND delivered_at IS NOT NULL
)
WHERE wait.took IS NOT NULL
GROUP BY ALL
UNION ALL BY NAME
SELECT
    'campaign' AS kind,
    first_minute AS time,
    source,
    waba_id,
    display_phone_number,
    category,
    campaign_id,
    market,
    coalesce(result, 'open') AS outcome,
    CASE WHEN result = 'failed' THEN dialect END AS dialect,
    CASE WHEN result = 'failed' THEN error_code END AS error_code,
    sum({sign})::BIGINT AS messages
FROM counted
GROUP BY ALL
UNION ALL BY NAME
-- What the messages of a campaign say about its category. Nobody asks when they said it, and with
-- long steps of time there are few rows.
SELECT
    'campaign_category' AS kind,
    time_bucket(INTERVAL 720 HOURS, first_at) AS time,
    source,
    campaign_id,
    category,
    sum({sign})::BIGINT AS messages
FROM counted
WHERE category IS NOT NULL AND campaign_id <> 0
GROUP BY ALL
UNION ALL BY NAME
SELECT
    'billing' AS kind,
    time_bucket(INTERVAL 1 MINUTE, delivered_at) AS time,
    waba_id,
    display_phone_number,
    category,
    pricing_model,
    pricing_type,
    market,
    verdict,
    sum({sign})::BIGINT AS messages
FROM counted
WHERE delivered_at IS NOT NULL
GROUP BY ALL
UNION ALL BY NAME
-- Newer traffic has no conversations: under per-message pricing an id stands for one message, or is
-- left out. Such messages are counted by the next best field that they have.
SELECT
    'conversation' AS kind,
    first_minute AS time,
    waba_id,
    display_phone_number,
    CASE
        WHEN in_conversation THEN 'conversation'
        WHEN category IS NOT NULL THEN 'category'
        ELSE 'pricing_type'
    END AS origin_basis,
    CASE WHEN in_conversation THEN origin ELSE coalesce(category, pricing_type) END AS origin,
    CASE WHEN in_conversation THEN conversation_id END AS conversation_id,
    sum({sign})::BIGINT AS messages
FROM (
    SELECT
        *,
        conversation_id IS NOT NULL AND (
            pricing_model IS DISTINCT FROM 'PMP' OR pricing_type = 'free_entry_point'
        ) AS in_conversation
    FROM counted
)
WHERE in_conversation OR category IS NOT NULL OR pricing_type IS NOT NULL
GROUP BY ALL
