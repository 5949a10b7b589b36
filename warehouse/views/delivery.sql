-- Delivery rates by the hour of first_at. Counts are cumulative: a read message was delivered, too.
-- Hours begin in the session's time zone.
CREATE OR REPLACE MACRO delivery(
    since := '-infinity'::TIMESTAMPTZ, until := 'infinity'::TIMESTAMPTZ
) AS TABLE
SELECT
    date_trunc('hour', time) AS hour,
    source,
    display_phone_number,
    category,
    {metrics},
    coalesce(sum(messages) FILTER (category_basis = 'inferred'), 0)::BIGINT AS inferred
FROM outcome_counts(since, until)
GROUP BY ALL;

CREATE OR REPLACE VIEW delivery AS FROM delivery();
