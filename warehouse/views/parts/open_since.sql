SELECT any_value(now() - INTERVAL 1 MINUTE * minutes) FROM no_outcome WHERE category = 'default'
