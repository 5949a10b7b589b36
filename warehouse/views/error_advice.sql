-- What is known about each failure code: a code means different things in different families.
CREATE OR REPLACE VIEW error_advice AS
SELECT
    code AS error_code,
    family,
    any_value(meaning) AS meaning,
    any_value(action) AS action,
    any_value(retry) AS retry
FROM error_catalogue
GROUP BY code, family
