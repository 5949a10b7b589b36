"""The business number of a message of which only some statuses name it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import permutations

import pytest

from producer.normalise import normalise
from tests.support.views import CUSTOMER, NUMBER, Row, Views, minute, status

SENT = status("sent", minute(0))
READ = status("read", minute(1), display_phone_number=None)
OTHER = "15550002222"


@pytest.mark.parametrize("rows", [*permutations([SENT, READ])], ids=("first", "last"))
def test_a_message_that_one_number_claims_belongs_to_it(
    views: Views, rows: tuple[Row, Row]
) -> None:
    outcome = views.outcome(*rows)
    assert (outcome["display_phone_number"], outcome["outcome"]) == (NUMBER, "read")
    assert (outcome["sent_at"], outcome["read_at"]) == (minute(0), minute(1))
    (counted,) = views.rows("FROM outcome_counts")
    assert (counted["display_phone_number"], counted["messages"]) == (NUMBER, 1)


def test_a_message_that_two_numbers_claim_stays_apart(views: Views) -> None:
    views.add(SENT, READ, status("delivered", minute(2), display_phone_number=OTHER))
    found = views.rows("SELECT display_phone_number, outcome FROM outcomes")
    assert {tuple(row.values()) for row in found} == {
        (NUMBER, "no_outcome"),
        (OTHER, "delivered"),
        (None, "read"),
    }


def test_a_message_that_nobody_claims_has_no_number(views: Views) -> None:
    outcome = views.outcome(SENT | {"display_phone_number": None}, READ)
    assert (outcome["display_phone_number"], outcome["outcome"]) == (None, "read")


def test_another_message_lends_no_number(views: Views) -> None:
    views.add(SENT | {"message_id": "wamid.B"}, READ)
    found = views.rows("SELECT message_id, display_phone_number FROM outcomes ORDER BY ALL")
    assert [tuple(row.values()) for row in found] == [("wamid.A", None), ("wamid.B", NUMBER)]


def test_a_queue_without_a_number_makes_no_message_and_claims_none(views: Views) -> None:
    queued = status("queued", minute(-1), display_phone_number=None)
    outcome = views.outcome(queued, SENT, READ)
    assert (outcome["first_at"], outcome["outcome"]) == (minute(0), "read")


@pytest.mark.parametrize("other", [{"channel": "history"}, {"status": "deleted"}])
def test_a_status_that_makes_no_message_claims_none(views: Views, other: Row) -> None:
    outcome = views.outcome(SENT | other, READ)
    assert (outcome["display_phone_number"], outcome["outcome"]) == (None, "read")


def test_a_range_of_time_counts_the_message_once(views: Views) -> None:
    """Also if only the later status, without a number, is in the range."""
    views.add(SENT, READ | {"occurred_at": minute(60 * 24 * 3)})
    for first, last, count in ((0, 1, 1), (60 * 24 * 2, 60 * 24 * 4, 0), (-1, 60 * 24 * 4, 1)):
        found = views.rows(
            f"FROM outcomes('{minute(first).isoformat()}', '{minute(last).isoformat()}')"
        )
        assert len(found) == count, (first, last)


def test_a_provider_that_names_the_number_only_with_the_conversation(views: Views) -> None:
    status_ = {"id": "wamid.once", "recipient_id": CUSTOMER, "timestamp": "1793529000"}
    bodies = (
        {"statuses": [status_ | {"status": "sent"}], "business_phone": f"+{NUMBER}"},
        {"statuses": [status_ | {"status": "read", "timestamp": "1793529004"}]},
    )
    for body in bodies:
        (event,) = normalise(
            json.dumps(body).encode(),
            source="engagelab",
            dialect="engagelab",
            business_number=None,
            received_at=0,
        )
        times = {name: instant(event.record[name]) for name in ("occurred_at", "received_at")}
        views.add(event.record | times)
    outcome = views.row("FROM outcomes")
    assert (outcome["display_phone_number"], outcome["outcome"]) == (NUMBER, "read")
    assert outcome["sent_at"] < outcome["read_at"]


def instant(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
