-- The title and the family of each error code in each dialect, or in any: small codes mean one
-- thing on premises and another in the cloud; codes from 80000 on are the cloud's.
(
    SELECT code, spoken, any_value(title) AS title, any_value(family) AS family
    FROM (
        SELECT code, 'any' AS spoken, title, family FROM error_catalogue WHERE code >= 80000
        UNION ALL
        SELECT code, dialect AS spoken, title, family
        FROM error_catalogue
        JOIN dialects ON error_generation = generation
    )
    GROUP BY code, spoken
)
