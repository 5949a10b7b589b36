"""A DuckLake gives the answers that tables in memory give; the other tests ask only these."""

from __future__ import annotations

import uuid
from pathlib import Path

from tests.support.views import UNLIMITED, Row, Views, ago, in_group, status
from warehouse.connection import Location, connect, create
from warehouse.views import VIEWS

PRICED = {"category": "utility", "pricing_type": "regular", "pricing_model": "PMP"}
CAMPAIGN = {"template_id": "1", "callback_data": "sale"}


def story(day: int) -> list[Row]:
    """Statuses of messages of all kinds, some days ago."""
    at, later = ago(days=day, minutes=5), ago(days=day)
    named = {"message_id": f"named {day}"}
    failed = {"message_id": f"failed {day}", "error_code": 131026, "error_title": "Undeliverable"}
    group = {"message_id": f"group {day}"}
    talk = {"conversation_id": f"c{day}", "origin": "marketing", "pricing_model": "CBP"}
    return [
        status("sent", at, **named, **PRICED, **CAMPAIGN),
        status("read", later, **named, display_phone_number=None),
        status("sent", at, message_id=f"inferred {day}", **CAMPAIGN),
        status("delivered", later, message_id=f"talk {day}", **talk),
        status("failed", at, **failed, **CAMPAIGN),
        in_group("sent", at, **group),
        in_group("delivered", later, participant_id="5511900000001", **group, **PRICED),
        in_group("read", later, participant_id="BR.1", participant_user_id="BR.1", **group),
        status("sent", at, message_id=f"payment {day}", kind="payment"),
    ]


def sends(day: int) -> list[Row]:
    """What the sender says of one of these messages, and of one without a status."""
    said = {"source": "meta", "dialect": "sender", "template": "t", "occurred_at": ago(days=day)}
    return [
        {
            **said,
            "event_id": str(uuid.uuid4()),
            "content_hash": 1,
            "received_at": ago(days=day),
            "message_id": f"{name} {day}",
        }
        for name in ("named", "unknown")
    ]


def test_all_views_answer_alike(views: Views, tmp_path: Path) -> None:
    since, until = ago(days=9).isoformat(), ago(days=2).isoformat()
    with connect(Location.under(tmp_path), threads=1) as connection:
        create(connection)
        lake = Views(connection)
        for day in (40, 8, 1):  # a data file each
            rows, said = story(day), sends(day)
            for each in (lake, views):
                each.add(*rows)
                each.add(*said, table="sends")
        for view in VIEWS:
            spans = ("", f"('{since}')") if view == "freshness" else ("", f"('{since}', '{until}')")
            for span in spans if view not in UNLIMITED else ("",):
                answers = [
                    sorted(map(str, each.rows(f"FROM {view}{span}"))) for each in (lake, views)
                ]
                assert answers[0] == answers[1], (view, span)
                assert answers[0] or view in ("error_advice", "dead_letter_counts"), (view, span)
