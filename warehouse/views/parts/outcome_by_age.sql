CASE
    WHEN found.outcome <> 'open' THEN found.outcome
    WHEN found.threshold >= coalesce(ages.open_since, ({open_since})) THEN 'sent'
    ELSE 'no_outcome'
END
