"""The position says what has landed, and is written as JSON."""

from __future__ import annotations

from consumer.writer import land
from schemas.topics import ACCOUNT_EVENTS, ERRORS, STATUSES
from tests.support.lake import Lake, lake
from tests.support.records import event, framed
from warehouse.landed_position import NOTHING, Position, between, landed_position
from warehouse.offsets import Log, Span

__all__ = ["lake"]


def test_the_position_after_some_records_is_that_of_the_warehouse(lake: Lake) -> None:
    position = landed_position(lake.connection)
    assert position == NOTHING
    for topic in (STATUSES, ERRORS, ACCOUNT_EVENTS, STATUSES):
        fields = {"event": "x", "field": "y"} if topic is ACCOUNT_EVENTS else {}
        batch = lake.batch(topic, [framed(topic, event(topic, **fields)), b"junk"])
        land(lake.connection, batch)
        position = position.after(batch.spans)
        assert position == landed_position(lake.connection)
    assert position.total == 6


def test_ids_may_hold_any_character() -> None:
    span = Span(Log("a/b", 'c"/', STATUSES.name), 3, 5, 9)
    position = NOTHING.after([span])
    assert Position.from_json(position.to_json()) == position
    assert between(NOTHING, position) == [span]
