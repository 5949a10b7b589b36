-- Why messages failed. A message that failed and was delivered after all is none of these.
CREATE OR REPLACE MACRO failures(
    since := '-infinity'::TIMESTAMPTZ, until := 'infinity'::TIMESTAMPTZ
) AS TABLE
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
    messages / of_the_day AS share
FROM (
    SELECT
        day, display_phone_number, category,
        sum(messages) AS of_the_day,
        unnest(list(codes), recursive := true)
    FROM (
        SELECT
            time::DATE AS day, display_phone_number, category,
            sum(messages)::BIGINT AS messages,
            {
                'dialect': dialect, 'error_code': error_code, 'error_title': error_title,
                'error_family': error_family, 'messages': sum(messages)::BIGINT
            } AS codes
        FROM outcome_counts(since, until)
        WHERE outcome = 'failed'
        GROUP BY day, display_phone_number, category, dialect, error_code, error_title, error_family
    )
    GROUP BY day, display_phone_number, category
) AS failed
LEFT JOIN (
    SELECT code, family, any_value(action) AS action FROM error_catalogue GROUP BY code, family
) AS actions ON actions.code = failed.error_code AND actions.family = failed.error_family;

CREATE OR REPLACE VIEW failures AS FROM failures();
