"""All that a provider reports of one message is one outcome. Its own queue makes no message."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.topics import STATUSES
from settings.dialects import DIALECTS
from tests.support.fixtures import load
from tests.support.views import Row, Views

# The fixtures about one message: the word of the provider's queue, if it reports one, and others.
QUEUED = {
    "azure": "status_unknown",
    "bird": "status_accepted",
    "gupshup": "status_enqueued",
    "infobip": "status_pending",
    "sinch": "status_queued_on_channel",
    "twilio": "status_queued",
    "vonage": "status_submitted",
    "ycloud": "status_accepted",
}
OF_ONE_MESSAGE = {
    "azure": ("status_sent", "status_delivered", "status_read"),
    "bird": ("status_sent", "status_delivered", "status_read"),
    "gupshup": ("status_sent", "status_delivered", "status_read"),
    "infobip": ("status_sent", "status_delivered", "status_read"),
    "sinch": ("status_delivered", "status_read"),
    "vonage": ("status_delivered", "status_read"),
    "wati": ("status_sent", "status_delivered", "status_read", "status_replied"),
    "ycloud": ("status_sent", "status_delivered", "status_read"),
}
FAILED = {
    "azure": ("status_failed",),
    "bird": ("status_delivery_failed", "status_sending_failed"),
    "gupshup": ("status_failed_at_gupshup", "status_failed_at_whatsapp"),
    "infobip": ("status_failed", "status_rejected_without_error", "status_expired"),
    "sinch": ("status_failed", "status_failed_at_sinch"),
    "twilio": ("status_failed", "status_undelivered"),
    "vonage": ("status_rejected", "status_undeliverable"),
    "wati": ("status_failed",),
    "ycloud": ("status_failed", "status_failed_at_ycloud"),
}
CASES = {(fixture.dialect, fixture.case): fixture for fixture in load()}
TIMES = ("occurred_at", "received_at", "conversation_expires_at")


def rows(dialect: str, *cases: str) -> list[Row]:
    return [
        {name: _value(name, value) for name, value in event.record.items()}
        for case in cases
        for event in CASES[dialect, case].normalise()
        if event.topic is STATUSES
    ]


def _value(name: str, value: Any) -> Any:
    if name in TIMES and value is not None:
        return datetime.fromtimestamp(value / 1_000_000, UTC)
    return value


@pytest.mark.parametrize("dialect", OF_ONE_MESSAGE)
def test_all_statuses_of_a_message_are_one_outcome(views: Views, dialect: str) -> None:
    queued = rows(dialect, *filter(None, [QUEUED.get(dialect)]))
    outcome = views.outcome(*queued, *rows(dialect, *OF_ONE_MESSAGE[dialect]))
    assert (outcome["outcome"], outcome["dialect"]) == ("read", dialect)
    assert outcome["delivered_at"] < outcome["read_at"]
    assert outcome["recipient_id"] == "16505551234"
    assert (outcome["sent_at"] is not None) == ("status_sent" in OF_ONE_MESSAGE[dialect])


@pytest.mark.parametrize("dialect", QUEUED)
def test_the_queue_alone_is_neither_sent_nor_failed(views: Views, dialect: str) -> None:
    views.add(*rows(dialect, QUEUED[dialect]))
    times = "sent_at, delivered_at, read_at, failed_at"
    assert views.rows(f"FROM outcomes WHERE coalesce({times}) IS NOT NULL") == []
    assert views.rows("FROM outcomes WHERE outcome NOT IN ('sent', 'no_outcome')") == []


@pytest.mark.parametrize("dialect", [name for name in QUEUED if name != "azure"])
def test_the_queue_alone_makes_no_message(views: Views, dialect: str) -> None:
    """What never leaves the queue spoils no rate. An unknown status is not of a queue."""
    views.add(*rows(dialect, QUEUED[dialect]))
    assert views.rows("FROM outcomes") == []


@pytest.mark.parametrize(("dialect", "case"), [(d, case) for d in FAILED for case in FAILED[d]])
def test_a_documented_code_has_its_family_and_any_other_has_none(
    views: Views, dialect: str, case: str
) -> None:
    (failed,) = rows(dialect, case)
    outcome = views.outcome(failed)
    code = outcome["error_code"]
    assert outcome["outcome"] == "failed"
    assert outcome["error_title"]
    documented = code is not None and (code >= 80000 or DIALECTS[dialect].error_generation)
    assert (outcome["error_family"] != "unknown") == bool(documented)
