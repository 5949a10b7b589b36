"""The view `message_events`: everything that landed about a message."""

from __future__ import annotations

from tests.support.views import NUMBER, Row, Views, minute, status

OURS = "wamid.OURS"


def events(views: Views) -> list[tuple[object, ...]]:
    rows = views.rows(
        f"SELECT kind, name, other_message_id, person FROM message_events "
        f"WHERE message_id = '{OURS}' ORDER BY occurred_at"
    )
    return [tuple(row.values()) for row in rows]


def message(name: str, at: float, **fields: object) -> Row:
    """A row of `messages`: an inbound one of one person."""
    row = status("", minute(at), message_id=f"wamid.{name}", type=name, **fields)
    for column in ("kind", "recipient_id", "status"):
        del row[column]
    return row | {"sender_id": "5511900000001"}


def test_it_has_statuses_replies_changes_and_account_events(views: Views) -> None:
    views.add(
        status("sent", minute(0), message_id=OURS),
        status("read", minute(1), message_id=OURS),
        status("read", minute(1), message_id="wamid.OTHER"),
    )
    views.add(message("text", 2, context_message_id=OURS), table="messages")
    views.add(message("reaction", 3, target_message_id=OURS), table="messages")
    views.add(message("revoke", 4, target_message_id="wamid.OTHER"), table="messages")
    echo = {"message_id": OURS, "field": "smb_message_echoes", "event": "text", "value": "{}"}
    columns = ("event_id", "content_hash", "source", "dialect", "occurred_at", "received_at")
    event = status("", minute(5))
    views.add({name: event[name] for name in columns} | echo, table="account_events")

    person = status("sent")["recipient_id"]
    assert events(views) == [
        ("status", "sent", None, person),
        ("status", "read", None, person),
        ("reply", "text", "wamid.text", "5511900000001"),
        ("change", "reaction", "wamid.reaction", "5511900000001"),
        ("account_event", "text", None, None),
    ]


def test_an_inbound_message_is_its_own_event(views: Views) -> None:
    views.add(message("text", 2, context_message_id=OURS), table="messages")

    found = views.row("FROM message_events WHERE message_id = 'wamid.text'")
    assert (found["kind"], found["other_message_id"]) == ("inbound", OURS)
    assert found["display_phone_number"] == NUMBER


def test_a_failure_has_its_title_and_family(views: Views) -> None:
    views.add(status("failed", message_id=OURS, error_code=131026, callback_data="spring-sale"))

    found = views.row(f"FROM message_events WHERE message_id = '{OURS}'")
    assert found["error_family"] == views.row("FROM outcomes")["error_family"]
    assert found["error_title"]
    assert found["campaign"] == "spring-sale"
