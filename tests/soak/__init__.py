"""The soak: the whole stack under load for a while, and what must not grow meanwhile."""
