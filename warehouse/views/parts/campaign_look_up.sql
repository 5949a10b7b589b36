-- The name of a campaign. `found` is the relation with the column campaign_id.
LEFT JOIN (
    SELECT campaign_id, any_value(name) AS name FROM campaigns GROUP BY campaign_id
) AS campaign ON campaign.campaign_id = found.campaign_id
