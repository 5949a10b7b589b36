-- Which markets, campaigns and error codes messages have.
CREATE OR REPLACE MACRO campaign_dimensions(
    since := '-infinity'::TIMESTAMPTZ, until := 'infinity'::TIMESTAMPTZ
) AS TABLE
WITH counted AS NOT MATERIALIZED (
    SELECT
        market, campaign_id, outcome = 'failed' AS failed,
        NULL::VARCHAR AS category,  -- ages are looked up by it, and not asked for here
        CASE WHEN outcome = 'failed' THEN dialect END AS dialect,
        CASE WHEN outcome = 'failed' THEN error_code END AS error_code
    FROM rollups
    WHERE kind = 'campaign'
        AND time >= coalesce(since::TIMESTAMPTZ, '-infinity')
        AND time < coalesce(until::TIMESTAMPTZ, 'infinity')
    GROUP BY ALL
    HAVING sum(messages) <> 0
)
SELECT
    found.market,
    CASE WHEN found.campaign_id IS NOT NULL THEN coalesce(campaign.name, 'other') END AS campaign,
    found.failed,
    found.dialect,
    found.error_code,
    names.title AS error_title
FROM counted AS found
{campaign_look_up}
{look_ups}  -- noqa: ST11
GROUP BY ALL;

CREATE OR REPLACE VIEW campaign_dimensions AS FROM campaign_dimensions();
