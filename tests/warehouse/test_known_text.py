"""What is written in the store of recent statuses is read again as it was."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from warehouse.known_messages import TYPES, Known
from warehouse.known_text import decoded, encoded

NOW = datetime(2026, 5, 4, 3, 2, 1, 654321, UTC)
COUNTING = {"kind": "message", "channel": "messages", "status": "sent"}


def status(message_id: str = "A", **fields: Any) -> dict[str, Any]:
    """A row of a status; what is not named is null."""
    unnamed = dict.fromkeys(TYPES) | {"event_id": str(uuid.uuid4()), "content_hash": 7}
    times = {"occurred_at": NOW, "received_at": NOW}
    return {**unnamed, **times, **COUNTING, "message_id": message_id, **fields}


def known(*rows: dict[str, Any], reactions: tuple[str, ...] = ()) -> Known:
    of_messages = {"message_id": list(reactions), "event": ["reaction"] * len(reactions)}
    return Known.of(
        pl.DataFrame(rows, schema={"event_id": pl.String} | TYPES),
        pl.DataFrame(of_messages, schema=dict.fromkeys(of_messages, pl.String)),
    )


def again(before: Known) -> Known:
    texts = list(encoded(before))
    assert len(texts) == len(dict(texts))
    return decoded([name.decode() for name, _ in texts], [text for _, text in texts])


def rows_of(found: Known) -> list[dict[str, Any]]:
    return found.statuses.sort("message_id", "event", "received_at").to_dicts()


def test_each_value_is_as_it_was() -> None:
    before = known(
        status(category="", error_code=-1, billable=False, callback_data="ü\n\x01=null"),
        status(status="read", billable=True, occurred_at=NOW - timedelta(days=400)),
        status("B\u2028", source="meta", content_hash=(1 << 53) - 1),
        reactions=("B\u2028", "C"),
    )
    after = again(before)
    assert rows_of(after) == rows_of(before)
    assert after.statuses.schema == before.statuses.schema
    assert sorted(after.reactions.rows()) == sorted(before.reactions.rows())


def test_nothing_is_nothing() -> None:
    after = again(known())
    assert (len(after.statuses), len(after.reactions)) == (0, 0)
    assert after.statuses.schema == known().statuses.schema


def test_a_nul_character_ends_no_field() -> None:
    (row,) = rows_of(again(known(status(recipient_id="1\x002"))))
    assert row["recipient_id"] == "1\N{REPLACEMENT CHARACTER}2"


def test_a_repeated_event_is_kept_once_with_its_last_time() -> None:
    one = status()
    (row,) = rows_of(again(known(one, one | {"received_at": NOW + timedelta(days=9)}, one)))
    assert row["received_at"] == NOW + timedelta(days=9)


def test_of_equal_statuses_one_decides_and_each_is_recognised() -> None:
    one = status()
    found = rows_of(again(known(*(one | {"content_hash": number} for number in range(4)))))
    assert sorted(row["content_hash"] for row in found) == [0, 1, 2, 3]
    assert [row["content_hash"] for row in found if row["kind"]] == [3]


@pytest.mark.parametrize("other", [{"status": "deleted"}, {"channel": "history"}, {"kind": "x"}])
def test_of_what_decides_nothing_only_the_event_is_kept(other: dict[str, str]) -> None:
    one = status(recipient_id="447700900000", **other)
    (row,) = rows_of(again(known(one)))
    left = {name: value for name, value in row.items() if value is not None}
    assert left == {
        "event": one["event_id"][-17:],
        "message_id": "A",
        "received_at": NOW,
        "content_hash": 7,
    }


def test_reactions_do_not_grow() -> None:
    before = known(reactions=("A", "A"))
    assert list(encoded(before)) == list(encoded(again(before)))
