-- What `billing` costs by the table `rates`. The place of a message in its month decides the volume
-- tier, so all days since the beginning of the first month are read. The place is counted by the
-- day, and within a day in the order of business numbers.
CREATE OR REPLACE MACRO costs(
    since := '-infinity'::TIMESTAMPTZ, until := 'infinity'::TIMESTAMPTZ
) AS TABLE
WITH chosen AS NOT MATERIALIZED (
    FROM rollups
    WHERE kind = 'billing'
        AND time >= date_trunc('month', coalesce(since::TIMESTAMPTZ, '-infinity'))
        AND time < coalesce(until::TIMESTAMPTZ, 'infinity')
),
delivered AS (
    SELECT
        steps.shown::DATE AS day,
        chosen.time >= coalesce(since::TIMESTAMPTZ, '-infinity') AS asked,
        waba_id, display_phone_number, pricing_model, pricing_type, category, market, verdict,
        -- Which rates apply. Providers that charged conversations had no price for messages.
        CASE
            WHEN verdict = 'billable' AND coalesce(pricing_model, '') <> 'CBP' THEN 'regular'
            WHEN verdict = 'free' AND pricing_type = 'regular' THEN 'paid_exempt'
            WHEN verdict = 'free' THEN pricing_type
        END AS rate_type,
        sum(messages)::BIGINT AS units
    FROM chosen
    {join_days_of_months}
    GROUP BY ALL
    HAVING sum(messages) <> 0
),
counted AS (
    SELECT
        *,
        sum(units) OVER (
            PARTITION BY date_trunc('month', day), market, category, rate_type
            ORDER BY day, asked, display_phone_number, waba_id, pricing_model, pricing_type
            ROWS UNBOUNDED PRECEDING
        ) AS last_unit
    FROM delivered
),
versions AS (
    SELECT
        market, category, type, valid_from,
        lead(valid_from) OVER (
            PARTITION BY market, category, type ORDER BY valid_from NULLS FIRST
        ) AS replaced
    FROM (SELECT DISTINCT market, category, type, valid_from FROM rates)
),
prices AS (
    SELECT
        rates.market, rates.category, rates.type, rates.from_units, rates.currency, rates.price,
        coalesce(rates.valid_from, '-infinity') AS since_day,
        coalesce(versions.replaced, 'infinity') AS until_day,
        greatest(rates.from_units, 1) AS first_unit,
        lead(rates.from_units) OVER (
            PARTITION BY rates.market, rates.category, rates.type, rates.valid_from
            ORDER BY rates.from_units
        ) - 1 AS last_unit,
        coalesce(last_unit, 9_223_372_036_854_775_807) AS limit_unit
    FROM rates
    JOIN versions
        ON versions.market = rates.market AND versions.category = rates.category
        AND versions.type = rates.type
        AND versions.valid_from IS NOT DISTINCT FROM rates.valid_from
)
SELECT * RENAME (at_price AS units)
FROM (
    SELECT
        counted.day,
        counted.waba_id,
        counted.display_phone_number,
        counted.pricing_model,
        counted.pricing_type,
        counted.category,
        counted.market,
        counted.verdict,
        prices.from_units,
        prices.currency,
        prices.price,
        (CASE
            WHEN prices.price IS NULL THEN counted.units
            ELSE least(counted.last_unit, coalesce(prices.last_unit, counted.last_unit))
                - greatest(counted.last_unit - counted.units + 1, prices.first_unit) + 1
        END)::BIGINT AS at_price,
        CASE
            WHEN prices.price IS NOT NULL THEN at_price * prices.price
            WHEN counted.verdict = 'free' THEN 0
        END::DECIMAL(38, 8) AS cost,
        CASE
            WHEN prices.price IS NOT NULL OR counted.verdict = 'free' THEN NULL
            WHEN counted.verdict = 'unknown' THEN 'not_stated'
            WHEN counted.pricing_model = 'CBP' THEN 'by_conversation'
            WHEN ends_with(counted.category, '_dynamic') THEN 'max_price'
            WHEN counted.market IS NULL THEN 'unknown_market'
            WHEN counted.category IS NULL THEN 'unknown_category'
            ELSE 'no_rate'
        END AS unpriced
    FROM counted
    LEFT JOIN prices
        ON prices.market = counted.market
        -- Of a dynamic category, each delivery has a price of its own. Each condition compares the
        -- two sides: with any other, DuckDB would compare each row with each price.
        AND prices.category = CASE
            WHEN NOT ends_with(counted.category, '_dynamic') THEN counted.category
        END
        AND prices.type = counted.rate_type
        AND counted.day >= prices.since_day AND counted.day < prices.until_day
        AND counted.last_unit >= prices.first_unit
        AND counted.last_unit - counted.units < prices.limit_unit
    WHERE counted.asked
);

CREATE OR REPLACE VIEW costs AS FROM costs();
