"""Alerts: rules are evaluated on sums of the warehouse, and what is wrong is sent out."""
