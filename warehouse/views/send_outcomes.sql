-- What became of each message that the sender reported: one row a message and recipient, by the
-- time of sending. The statuses may come before the send or after it.
CREATE OR REPLACE MACRO send_outcomes(
    since := '-infinity'::TIMESTAMPTZ, until := 'infinity'::TIMESTAMPTZ
) AS TABLE
SELECT
    said.source,
    coalesce(became.phone_number_id, said.phone_number_id) AS phone_number_id,
    coalesce(became.display_phone_number, said.display_phone_number) AS display_phone_number,
    said.message_id,
    coalesce(became.recipient_id, said.recipient_id) AS recipient_id,
    became.participant_id,
    said.sent_at,
    said.template,
    said.language,
    coalesce(said.template_id, became.template_id) AS template_id,
    coalesce(said.campaign, became.campaign) AS campaign,
    said.cost_centre,
    -- What the provider charges counts most; the sender knows the template's category.
    CASE WHEN became.category_basis = 'stated' THEN became.category
        ELSE coalesce(said.category, became.category) END AS category,
    CASE
        WHEN became.category_basis = 'stated' THEN 'stated'
        WHEN said.category IS NOT NULL THEN 'sender'
        ELSE became.category_basis
    END AS category_basis,
    became.first_at,
    became.delivered_at,
    became.read_at,
    became.failed_at,
    -- Null if its statuses may have been removed for their age.
    CASE
        WHEN became.message_id IS NOT NULL THEN became.outcome
        WHEN said.sent_at >= coalesce((
            SELECT max(removed_before) FROM retention WHERE table_name = 'statuses'
        ), '-infinity') THEN 'unreported'
    END AS outcome,
    became.error_code,
    became.error_title,
    became.error_family,
    became.market,
    became.pricing_type,
    became.verdict,
    said.extra
FROM (
    -- The latest value of each column that is not null: a later send may correct or complete.
    SELECT
        message_id,
        arg_max(source, weight) AS source,
        arg_max(phone_number_id, weight) AS phone_number_id,
        arg_max(display_phone_number, weight) AS display_phone_number,
        arg_max(recipient_id, weight) AS recipient_id,
        arg_max(occurred_at, weight) AS sent_at,
        arg_max(template, weight) AS template,
        arg_max(language, weight) AS language,
        arg_max(template_id, weight) AS template_id,
        arg_max(campaign, weight) AS campaign,
        arg_max(category, weight) AS category,
        arg_max(cost_centre, weight) AS cost_centre,
        arg_max(extra, weight) AS extra
    FROM (
        SELECT *, (epoch_ms(received_at) << 20) + (content_hash & 1048575) AS weight
        FROM sends
        WHERE occurred_at >= coalesce(since::TIMESTAMPTZ, '-infinity')
            AND occurred_at < coalesce(until::TIMESTAMPTZ, 'infinity')
    )
    GROUP BY message_id
) AS said
-- From an hour before, because clocks differ; the first status may come late.
LEFT JOIN outcomes(
    coalesce(since::TIMESTAMPTZ - INTERVAL 1 HOUR, '-infinity'),
    coalesce(until::TIMESTAMPTZ + INTERVAL 31 DAYS, 'infinity')
) AS became ON became.message_id = said.message_id;

CREATE OR REPLACE VIEW send_outcomes AS FROM send_outcomes();
