SELECT any_value(now() - INTERVAL 1 MINUTE * minutes) FILTER (category = 'default') FROM no_outcome
