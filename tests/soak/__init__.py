"""The soak test: the whole stack under load for some time, while nothing may keep growing."""
