from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from consumer import writer
from consumer.batch_buffer import Buffer
from consumer.isolation import Portions, set_apart, splits
from schemas.topics import ACCOUNT_EVENTS, MESSAGES, STATUSES
from tests.support.lake import Lake, lake
from tests.support.land import consumers, publish, statuses
from tests.support.records import event, framed, log_of, records
from warehouse.offsets import Fenced
from warehouse.transaction import Busy

__all__ = ["lake"]

DELETED = {"message_id": "wamid.IN", "status": "deleted"}
EDITED = {"field": "smb_message_echoes", "event": "edit", "value": "this is not JSON"}


def buffered(count: int) -> Buffer:
    buffer = Buffer()
    buffer.assign(log_of(STATUSES), 0, 0)
    for record in records(STATUSES, [framed(STATUSES, event(STATUSES)) for _ in range(count)], 0):
        buffer.add(record)
    return buffer


def test_an_edit_whose_value_is_not_json_does_not_stop_a_deletion(lake: Lake) -> None:
    lake.land_events(ACCOUNT_EVENTS, EDITED)
    assert lake.land_events(STATUSES, DELETED).landed == 1
    lake.maintain(0)
    assert lake.rows("SELECT value FROM account_events") == [("this is not JSON",)]


def test_the_bad_record_is_found_in_few_steps() -> None:
    buffer, portions, steps, landed = buffered(1000), Portions(), 0, 0
    while part := portions.of(buffer):
        steps += 1
        if len(part.records) > 1 and any(item.offset == 617 for item in part.records):
            portions.refused(part)
            continue
        landed += len(part.records)
        buffer.landed(part)
        portions.landed(len(buffer.records))
    assert landed == 1000
    assert steps <= 40
    assert portions.of(buffered(7)) is not None


def test_parts_cover_every_offset_once() -> None:
    buffer = buffered(10)
    seen = []
    for most in (3, 1, None):
        part = buffer.part(most)
        assert part
        seen += [(span.start, span.end) for span in part.spans]
        buffer.landed(part)
    assert seen == [(0, 3), (3, 4), (4, 10)]
    assert (buffer.part(), buffer.bytes) == (None, 0)


def test_an_isolated_record_is_a_dead_letter_that_quotes_no_data(
    lake: Lake,
) -> None:
    buffer = buffered(1)
    part = buffer.part()
    assert part
    (move,) = writer.land(lake.connection, set_apart(part, duckdb.ConversionException("+15550001")))
    assert (move.landed, move.dead_letters, move.skipped) == (0, 1, 0)
    value = part.records[0].value
    assert lake.rows("SELECT reason, detail, payload FROM dead_letters") == [
        ("unlandable", "the warehouse refuses this record: ConversionException", value)
    ]


@pytest.mark.parametrize(
    "error",
    [
        Busy("locked"),
        Fenced("moved on"),
        OSError("disk"),
        duckdb.IOException("a file is gone"),
        duckdb.CatalogException("no such table"),
    ],
)
def test_errors_of_the_warehouse_do_not_isolate_records(error: Exception) -> None:
    assert not splits(error)


@pytest.mark.parametrize(
    "error",
    [
        duckdb.InvalidInputException("bad JSON"),
        duckdb.ConversionException("bad number"),
        duckdb.OutOfMemoryException("too much"),
        duckdb.InternalException("assertion"),
        ValueError("bad value"),
    ],
)
def test_errors_that_a_record_may_cause_isolate_it(error: Exception) -> None:
    assert splits(error)


def test_a_record_that_breaks_a_statement_does_not_stop_the_others(
    broker: str, tmp_path: Path
) -> None:
    """The erasure of this test's consumer fails for one message id, as in a faulty version."""
    new = statuses(300)
    bad = framed(MESSAGES, event(MESSAGES, message_id="wamid.BREAKS", content="{}"))
    with consumers(broker, tmp_path) as group:
        child = group.start("--break-on", "wamid.BREAKS")
        group.await_warehouse()
        values = list(new.values())
        publish(broker, STATUSES, values[:150])
        publish(broker, MESSAGES, [bad])
        publish(broker, STATUSES, values[150:])
        group.await_landed(list(new))
        more = statuses(10)
        publish(broker, STATUSES, list(more.values()))
        group.await_landed(list(more))
        group.await_dead_letters({"unlandable": 1})
        assert child.running
        assert "cannot be landed" in child.tail(500)
