-- Why messages failed. A message that failed and was delivered after all is none of these.
CREATE OR REPLACE VIEW failures AS
SELECT
    day,
    display_phone_number,
    category,
    dialect,
    error_code,
    coalesce(error_title, 'Error ' || error_code, 'No error given') AS title,
    error_family AS family,
    actions.action,
    messages,
    messages / sum(messages) OVER (PARTITION BY day, display_phone_number, category) AS share
FROM (
    SELECT
        first_at::DATE AS day, display_phone_number, category, dialect, error_code, error_title,
        error_family, count(*) AS messages
    FROM outcomes
    WHERE outcome = 'failed'
    GROUP BY ALL
) AS failed
LEFT JOIN (
    SELECT code, family, any_value(action) AS action FROM error_catalogue GROUP BY code, family
) AS actions ON actions.code = failed.error_code AND actions.family = failed.error_family
