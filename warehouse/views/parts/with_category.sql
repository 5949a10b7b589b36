-- `counted` with the category that no status stated, if it can be inferred: all messages of the
-- same campaign and source that state one state the same. It is looked up when it is read, because
-- it changes for many messages at once.
SELECT
    counted.* REPLACE (coalesce(counted.category, inferred.category) AS category),  -- noqa: AM04
    CASE
        WHEN counted.category IS NOT NULL THEN 'stated'
        WHEN inferred.category IS NOT NULL THEN 'inferred'
    END AS category_basis
FROM counted
LEFT JOIN (
    SELECT source, campaign_id, any_value(category) AS category
    FROM (
        SELECT source, campaign_id, category
        FROM rollups
        WHERE kind = 'campaign_category'
        GROUP BY ALL
        HAVING sum(messages) > 0
    )
    GROUP BY source, campaign_id
    HAVING count(*) = 1
) AS inferred
    ON inferred.source = counted.source AND inferred.campaign_id = counted.campaign_id
