-- Which sources, accounts, business numbers and categories messages have.
CREATE OR REPLACE MACRO dimensions(
    since := '-infinity'::TIMESTAMPTZ, until := 'infinity'::TIMESTAMPTZ
) AS TABLE
WITH counted AS NOT MATERIALIZED (
    SELECT source, waba_id, display_phone_number, category, campaign_id
    FROM rollups
    WHERE kind = 'outcome'
        AND time >= coalesce(since::TIMESTAMPTZ, '-infinity')
        AND time < coalesce(until::TIMESTAMPTZ, 'infinity')
    GROUP BY ALL
    HAVING sum(messages) <> 0
)
SELECT source, waba_id, display_phone_number, category FROM ({with_category}) GROUP BY ALL;

CREATE OR REPLACE VIEW dimensions AS FROM dimensions();
