"""All queries of the dashboard. They read views, never tables.

Each page has one function. It takes a connection inside a transaction, so that all numbers of a
page come from the same snapshot. Times in frames are UTC without a zone, as charts need them.
"""

from dashboards.queries.counts import NOT_STATED, Connection
from dashboards.queries.ledger import conversations, freshness, options, pricing
from dashboards.queries.messages import delivery, failed_messages, failures, overview

__all__ = [
    "NOT_STATED",
    "Connection",
    "conversations",
    "delivery",
    "failed_messages",
    "failures",
    "freshness",
    "options",
    "overview",
    "pricing",
]
