"""Reports: the figures of a day or a week, in words."""
