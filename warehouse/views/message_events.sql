-- Everything that landed about a message, for one id at a time.
CREATE OR REPLACE VIEW message_events AS
SELECT
    found.message_id, found.kind, found.name, found.occurred_at, found.received_at, found.source,
    found.dialect, found.channel, found.display_phone_number, found.person, found.other_message_id,
    found.campaign, found.pricing_model, found.pricing_type, found.category, found.billable,
    found.error_code,
    coalesce(names.title, found.error_title) AS error_title,
    names.family AS error_family,
    found.topic, found.partition, found."offset"
FROM (
    SELECT
        message_id, 'status' AS kind, status AS name, occurred_at, received_at, source, dialect,
        channel, display_phone_number,
        coalesce(participant_id, participant_user_id, recipient_id, recipient_user_id) AS person,
        NULL::VARCHAR AS other_message_id, campaign_name(template_id, callback_data) AS campaign,
        pricing_model, pricing_type, category, billable, error_code, error_title, topic, partition,
        "offset"
    FROM statuses
    UNION ALL BY NAME
    SELECT
        message_id, 'inbound' AS kind, type AS name, occurred_at, received_at, source, dialect,
        channel, display_phone_number, coalesce(sender_id, sender_user_id) AS person,
        coalesce(target_message_id, context_message_id) AS other_message_id, error_code,
        error_title, topic, partition, "offset"
    FROM messages
    UNION ALL BY NAME
    SELECT
        context_message_id AS message_id, 'reply' AS kind, type AS name, occurred_at, received_at,
        source, dialect, channel, display_phone_number,
        coalesce(sender_id, sender_user_id) AS person, message_id AS other_message_id, error_code,
        error_title, topic, partition, "offset"
    FROM messages
    WHERE context_message_id IS NOT NULL
    UNION ALL BY NAME
    SELECT
        -- Reactions, edits and revocations.
        target_message_id AS message_id, 'change' AS kind, type AS name, occurred_at, received_at,
        source, dialect, channel, display_phone_number,
        coalesce(sender_id, sender_user_id) AS person, message_id AS other_message_id, error_code,
        error_title, topic, partition, "offset"
    FROM messages
    WHERE target_message_id IS NOT NULL
    UNION ALL BY NAME
    SELECT
        message_id, 'account_event' AS kind, coalesce(event, field) AS name, occurred_at,
        received_at, source, dialect, field AS channel, display_phone_number, topic, partition,
        "offset"
    FROM account_events
    WHERE message_id IS NOT NULL
    UNION ALL BY NAME
    SELECT
        message_id, 'send' AS kind, coalesce(template, template_id) AS name, occurred_at,
        received_at, source, dialect, display_phone_number, recipient_id AS person, campaign,
        category, topic, partition, "offset"
    FROM sends
) AS found
{look_ups};  -- noqa: ST11
