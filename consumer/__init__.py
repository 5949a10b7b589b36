"""Lands the topics in the warehouse: each record once, and never an acknowledged one lost."""
