"""What each provider says of one message is one outcome, and its own queue is no outcome."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.topics import STATUSES
from settings.dialects import DIALECTS
from tests.support.fixtures import load
from tests.support.views import Row, Views

# The fixtures about one message, in the order of time; the first is from the provider's queue.
OF_ONE_MESSAGE = {
    "gupshup": ("status_enqueued", "status_sent", "status_delivered", "status_read"),
    "infobip": ("status_pending", "status_sent", "status_delivered", "status_read"),
    "vonage": ("status_submitted", "status_delivered", "status_read"),
    "ycloud": ("status_accepted", "status_sent", "status_delivered", "status_read"),
}
FAILED = {
    "gupshup": ("status_failed_at_gupshup", "status_failed_at_whatsapp"),
    "infobip": ("status_failed", "status_rejected_without_error", "status_expired"),
    "vonage": ("status_rejected", "status_undeliverable"),
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
    queued, *others = found = rows(dialect, *OF_ONE_MESSAGE[dialect])
    assert {row["status"] for row in others} == {"delivered", "read"} | (
        {"sent"} & {row["status"] for row in others}
    )
    assert queued["status"] not in ("sent", "delivered", "read", "played", "failed")
    outcome = views.outcome(*found)
    assert (outcome["outcome"], outcome["dialect"]) == ("read", dialect)
    assert None not in (outcome["delivered_at"], outcome["read_at"], outcome["recipient_id"])
    assert outcome["sent_at"] is None or outcome["sent_at"] > queued["occurred_at"]


@pytest.mark.parametrize("dialect", OF_ONE_MESSAGE)
def test_the_queue_alone_is_neither_sent_nor_failed(views: Views, dialect: str) -> None:
    (queued,) = rows(dialect, OF_ONE_MESSAGE[dialect][0])
    outcome = views.outcome(queued)
    times = ("sent_at", "delivered_at", "read_at", "failed_at")
    assert {outcome[name] for name in times} == {None}
    assert outcome["outcome"] in ("sent", "no_outcome")  # open, or open for too long


@pytest.mark.parametrize(("dialect", "case"), [(d, case) for d in FAILED for case in FAILED[d]])
def test_a_code_of_metas_has_its_family_and_an_own_reason_has_none(
    views: Views, dialect: str, case: str
) -> None:
    (failed,) = rows(dialect, case)
    outcome = views.outcome(failed)
    code = outcome["error_code"]
    metas = code is not None and (code >= 80000 or DIALECTS[dialect].error_generation is not None)
    assert outcome["outcome"] == "failed"
    assert (outcome["error_family"] != "unknown") == metas
