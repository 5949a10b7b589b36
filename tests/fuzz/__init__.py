"""Feeds the receiver and the consumer with inputs that nobody would write by hand."""
