-- Which sources, business numbers and categories messages have.
CREATE OR REPLACE MACRO dimensions(
    since := '-infinity'::TIMESTAMPTZ, until := 'infinity'::TIMESTAMPTZ
) AS TABLE
SELECT source, display_phone_number, category
FROM rollups
WHERE kind = 'outcome'
    AND time >= coalesce(since::TIMESTAMPTZ, '-infinity')
    AND time < coalesce(until::TIMESTAMPTZ, 'infinity')
GROUP BY ALL
HAVING sum(messages) <> 0;

CREATE OR REPLACE VIEW dimensions AS FROM dimensions();
