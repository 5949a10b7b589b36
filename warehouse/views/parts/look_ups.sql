-- What changes without a new status, and so is looked up when it is read: at which age a message
-- without an outcome stops being open, and the title and family of an error code. `found` is the
-- relation with the columns category, error_code and dialect.
LEFT JOIN (
    -- Computed for each category and not for each message, because intervals are slow.
    SELECT category, any_value(now() - INTERVAL 1 MINUTE * minutes) AS open_since
    FROM no_outcome GROUP BY category
) AS ages ON ages.category = found.category
LEFT JOIN (
    SELECT code, in_dialect, any_value(title) AS title, any_value(family) AS family
    FROM (
        -- No WHERE: to find out which files it could leave out takes longer than to read them.
        SELECT code, CASE WHEN code >= 80000 THEN 'any' ELSE dialect END AS in_dialect, title, family
        FROM error_catalogue
        LEFT JOIN dialects ON error_generation = generation
    )
    GROUP BY code, in_dialect
) AS names
    ON names.code = found.error_code
    -- Small codes mean one thing on premises and another in the cloud; codes from 80000 on are
    -- the cloud's in every dialect.
    AND names.in_dialect = CASE
        WHEN found.error_code >= 80000 THEN 'any' ELSE found.dialect
    END
