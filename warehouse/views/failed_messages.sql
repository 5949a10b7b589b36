-- The messages of `outcomes` that failed. It groups only statuses of messages with a failure, so it
-- is much faster than `outcomes` if few messages fail.
CREATE OR REPLACE MACRO failed_messages(
    since := '-infinity'::TIMESTAMPTZ, until := 'infinity'::TIMESTAMPTZ
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
        )
),
{failed_facts},
counted AS NOT MATERIALIZED (FROM facts)
SELECT
    first_at, failed_at, source, dialect, display_phone_number, message_id, recipient_id,
    recipient_user_id, participant_id, error_code,
    coalesce(names.title, error_title) AS error_title,
    coalesce(names.family, 'unknown') AS error_family,
    found.category, found.category_basis, market,
    CASE WHEN found.campaign_id IS NOT NULL THEN coalesce(campaign.name, 'other') END AS campaign
FROM ({with_category}) AS found
{campaign_look_up}
{look_ups}
WHERE result = 'failed';

CREATE OR REPLACE VIEW failed_messages AS FROM failed_messages();
