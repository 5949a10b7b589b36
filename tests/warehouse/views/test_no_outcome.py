"""When a message without news is no longer open, and what is never counted as a message."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.views import Row, Views, ago, minute, status
from warehouse import reference


@pytest.mark.parametrize(
    ("category", "age"),
    [(row["category"], row["minutes"]) for row in reference.no_outcome().to_pylist()],
)
def test_a_category_has_its_own_age(views: Views, category: str, age: int) -> None:
    old, young = timedelta(minutes=age + 1), timedelta(minutes=age - 5)
    views.add(
        status("sent", ago(seconds=old.total_seconds()), category=category),
        status("sent", ago(seconds=young.total_seconds()), category=category, message_id="B"),
    )
    found = views.rows("SELECT outcome FROM outcomes ORDER BY message_id DESC")
    assert [row["outcome"] for row in found] == ["no_outcome", "sent"]


@pytest.mark.parametrize("category", [None, "group_utility", "something_new"])
def test_other_categories_wait_thirty_days(views: Views, category: str | None) -> None:
    views.add(status("sent", ago(days=29), category=category))
    assert views.row("FROM outcomes")["outcome"] == "sent"
    views.connection.execute("UPDATE statuses SET occurred_at = now() - INTERVAL 31 DAYS")
    assert views.row("FROM outcomes")["outcome"] == "no_outcome"


def test_a_late_status_ends_no_outcome(views: Views) -> None:
    views.add(status("sent", minute(0), category="authentication"))
    assert views.row("FROM outcomes")["outcome"] == "no_outcome"
    views.add(status("delivered", minute(60)))
    assert views.row("FROM outcomes")["outcome"] == "delivered"


def echo(event: str, **fields: object) -> Row:
    return {
        "event_id": "6b1a4e0e-33f4-4c0d-9c8f-0d8a5d9a2b10",
        "field": "smb_message_echoes",
        "event": event,
        "message_id": "wamid.A",
        **fields,
    }


@pytest.mark.parametrize("field", ["smb_message_echoes", "standby"])
def test_a_reaction_known_by_its_echo_is_left_out(views: Views, field: str) -> None:
    views.add(status("sent"), status("sent", message_id="wamid.B"))
    views.add(echo("reaction", field=field), table="account_events")
    assert views.row("FROM outcomes")["message_id"] == "wamid.B"


def test_messages_with_other_echoes_stay(views: Views) -> None:
    views.add(echo("text"), echo("reaction", message_id=None), table="account_events")
    assert views.outcome(status("delivered"))["outcome"] == "delivered"


@pytest.mark.parametrize("mark", ["bluetick:reaction", "bluetick:reaction campaign 7"])
def test_a_reaction_marked_by_its_sender_is_left_out(views: Views, mark: str) -> None:
    views.add(status("sent", callback_data=mark))
    assert views.rows("FROM outcomes") == []


def test_callback_data_may_contain_the_word_reaction(views: Views) -> None:
    assert views.outcome(status("sent", callback_data="reaction"))["message_id"] == "wamid.A"
