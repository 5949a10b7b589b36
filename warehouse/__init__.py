"""The warehouse: a DuckLake that the consumer writes while many processes read it."""
