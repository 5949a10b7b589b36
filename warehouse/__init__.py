"""The warehouse as its readers see it."""
