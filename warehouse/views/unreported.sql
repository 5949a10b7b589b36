-- Messages that the sender reported and of which WhatsApp has reported nothing.
CREATE OR REPLACE MACRO unreported(
    since := '-infinity'::TIMESTAMPTZ, until := 'infinity'::TIMESTAMPTZ
) AS TABLE
SELECT
    source, phone_number_id, display_phone_number, message_id, recipient_id, sent_at, template,
    language, template_id, campaign, category, cost_centre, extra
FROM send_outcomes(since, until)
WHERE outcome = 'unreported';

CREATE OR REPLACE VIEW unreported AS FROM unreported();
