"""All queries of the dashboard. They read views; tables only for prices and markets, and where rows
are shown as they are, without any reckoning, as on the page Pipeline.

Each page has one function. It takes a connection inside a transaction, so that all numbers of a
page come from the same snapshot. The connection has the time zone of the selection: days and hours
are those of the zone, and times in frames are what its clocks show, without a zone, as charts need
them.
"""

from dashboards.queries.account_events import account_events
from dashboards.queries.anomalies import anomalies
from dashboards.queries.campaigns import (
    all_failed_recipients,
    campaign_series,
    campaigns,
    failed_recipients,
)
from dashboards.queries.comparison import series_before
from dashboards.queries.conversations import conversations
from dashboards.queries.countries import countries
from dashboards.queries.delivery import delivery
from dashboards.queries.failures import failed_messages, failures
from dashboards.queries.filters import NOT_STATED, Connection
from dashboards.queries.freshness import freshness
from dashboards.queries.inbound import inbound
from dashboards.queries.marks import marks
from dashboards.queries.messages import any_message, message_events
from dashboards.queries.options import options
from dashboards.queries.overview import overview
from dashboards.queries.pipeline import dead_letter, pipeline
from dashboards.queries.pricing import pricing
from dashboards.queries.reconciliation import reconciliation
from dashboards.queries.schema import schema

__all__ = [
    "NOT_STATED",
    "Connection",
    "account_events",
    "all_failed_recipients",
    "anomalies",
    "any_message",
    "campaign_series",
    "campaigns",
    "conversations",
    "countries",
    "dead_letter",
    "delivery",
    "failed_messages",
    "failed_recipients",
    "failures",
    "freshness",
    "inbound",
    "marks",
    "message_events",
    "options",
    "overview",
    "pipeline",
    "pricing",
    "reconciliation",
    "schema",
    "series_before",
]
