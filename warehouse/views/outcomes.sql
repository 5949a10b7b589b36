-- What became of each outgoing message: one row a message and recipient.
--
-- Made for speed on millions of rows: one pass of aggregates over the statuses, no window
-- functions. CTEs are not materialised, so that columns a query does not use cost it nothing.
-- Look-ups do: DuckDB 1.5 leaves out a join only if nothing above it names its columns.
--
-- outcomes(since, until) reads only the files that can matter for messages whose first_at is in
-- that time; the view `outcomes` reads all.
CREATE OR REPLACE MACRO outcomes(
    since := '-infinity'::TIMESTAMPTZ, until := 'infinity'::TIMESTAMPTZ
) AS TABLE
WITH {message_facts},
counted AS NOT MATERIALIZED (FROM facts)
SELECT
    source, dialect, waba_id, phone_number_id, display_phone_number, message_id, recipient_id,
    recipient_user_id, participant_id, first_at, sent_at, delivered_at, read_at, failed_at, last_at,
    CASE
        WHEN result IS NOT NULL THEN result
        WHEN first_at > coalesce(ages.open_since, ({open_since})) THEN 'sent'
        ELSE 'no_outcome'
    END AS outcome,
    error_code,
    coalesce(names.title, error_title) AS error_title,
    CASE WHEN failed_at IS NOT NULL THEN coalesce(names.family, 'unknown') END AS error_family,
    found.category, found.category_basis, origin, pricing_model, pricing_type, billable, verdict,
    market, callback_data, conversation_id, template_id,
    CASE WHEN found.campaign_id IS NOT NULL THEN coalesce(campaign.name, 'other') END AS campaign
FROM ({with_category}) AS found
{campaign_look_up}
{look_ups};

CREATE OR REPLACE VIEW outcomes AS FROM outcomes();
