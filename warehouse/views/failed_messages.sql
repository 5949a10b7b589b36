-- The messages of `outcomes` that failed. It groups only statuses of messages with a failure; with
-- `wanted`, a campaign, only of its messages. (DuckLake keeps no list and no NULL as a parameter.)
CREATE OR REPLACE MACRO failed_messages(
    since := '-infinity'::TIMESTAMPTZ,
    until := 'infinity'::TIMESTAMPTZ,
    wanted := ''
) AS TABLE
WITH candidates AS MATERIALIZED (
    -- As far as the facts are made of them. Materialised, because they are read several times.
    FROM statuses
    WHERE occurred_at >= coalesce(since::TIMESTAMPTZ - INTERVAL 31 DAYS, '-infinity')
        AND occurred_at < coalesce(until::TIMESTAMPTZ + INTERVAL 31 DAYS, 'infinity')
        AND message_id IN (
            SELECT message_id
            FROM statuses
            WHERE status = 'failed'
                AND occurred_at >= coalesce(since::TIMESTAMPTZ - INTERVAL 1 HOUR, '-infinity')
                AND occurred_at < coalesce(until::TIMESTAMPTZ + INTERVAL 31 DAYS, 'infinity')
                -- Another status may name the campaign. Names beyond the limit are `other`.
                AND (
                    wanted = ''
                    OR wanted = 'other'
                    OR campaign_name(template_id, callback_data) IS NULL
                    OR campaign_name(template_id, callback_data) = wanted
                )
        )
),
{failed_facts},
counted AS NOT MATERIALIZED (FROM facts)
SELECT
    first_at, failed_at, source, dialect, waba_id, display_phone_number, message_id,
    recipient_id, recipient_user_id, participant_id, error_code,
    coalesce(names.title, error_title) AS error_title,
    coalesce(names.family, 'unknown') AS error_family,
    found.category, found.category_basis, market,
    CASE WHEN found.campaign_id IS NOT NULL THEN coalesce(campaign.name, 'other') END AS campaign
FROM ({with_category}) AS found
{campaign_look_up}
{look_ups}
WHERE result = 'failed'
    AND (
        wanted = ''
        OR (found.campaign_id IS NOT NULL AND coalesce(campaign.name, 'other') = wanted)
    );

CREATE OR REPLACE VIEW failed_messages AS FROM failed_messages();
