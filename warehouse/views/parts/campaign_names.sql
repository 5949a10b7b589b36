-- The names of campaigns in the statuses {statuses}, with when each was first received. Also of
-- statuses that count nothing: a name that is known too early does no harm.
SELECT name, of_template, min(received_at) AS first_received_at
FROM (
    SELECT
        campaign_name(template_id, callback_data) AS name,
        template_id IS NOT NULL AS of_template,
        received_at
    FROM {statuses}
    WHERE kind = 'message' AND channel IN ('messages', 'standby')
        AND (template_id IS NOT NULL OR callback_data IS NOT NULL)
)
WHERE name IS NOT NULL
GROUP BY name, of_template
