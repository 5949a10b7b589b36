"""Everything the dashboard asks of the warehouse. It reads views, never tables.

A page is one function. It takes a connection inside a transaction, so that all numbers of a
page belong to the same moment. Times in frames are UTC without a zone, ready for charts.
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
