"""Records that are large after decompression: only their start is kept, and the others land."""

from __future__ import annotations

from pathlib import Path

import pytest
from confluent_kafka import Message

from consumer.batch_buffer import PART_BYTES, Buffer
from consumer.decode import Record, decode
from consumer.intake import KEPT_BYTES, record_of
from schemas.topics import LARGE_RECORD_BYTES, STATUSES
from tests.support.broker import fresh_broker
from tests.support.land import consumers, publish, statuses
from tests.support.records import REGISTRY, log_of
from warehouse.connection import connect

MIB = 1024 * 1024


def message(value: bytes | None, timestamp: int = 1_790_000_000_000) -> Message:
    return Message(
        topic=STATUSES.name, partition=2, offset=7, value=value, timestamp=(1, timestamp)
    )


@pytest.mark.parametrize("value", [None, b"", b"x", b"x" * LARGE_RECORD_BYTES])
def test_a_record_is_taken_as_it_is(value: bytes | None) -> None:
    record = record_of(message(value))
    assert (record.topic, record.partition, record.offset) == (STATUSES, 2, 7)
    assert record.timestamp == 1_790_000_000_000_000
    assert record.value == value
    assert record.unlandable is None
    assert record_of(message(value, -1)).timestamp == 0


def test_of_a_too_large_record_only_the_start_is_kept() -> None:
    record = record_of(message(b"x" * (LARGE_RECORD_BYTES + 1)))
    assert record.value == b"x" * KEPT_BYTES
    decoded = decode(STATUSES, [record], REGISTRY)
    (poison,) = decoded.poison
    assert poison.reason == "too_large"
    assert "8,388,609 bytes" in poison.detail
    assert decoded.rows.is_empty()


def test_a_skipped_batch_does_not_move_the_position_back() -> None:
    buffer = Buffer()
    buffer.assign(log_of(STATUSES), 2, 7)
    buffer.add(record_of(message(b"x")))
    for offset in (12, 9):
        buffer.skip(STATUSES.name, 2, offset)
    buffer.skip(STATUSES.name, 3, 99)
    part = buffer.part()
    assert part is not None
    assert [(span.start, span.end) for span in part.spans] == [(7, 12)]


def test_large_records_land_a_few_at_a_time() -> None:
    buffer = Buffer()
    buffer.assign(log_of(STATUSES), 0, 0)
    sizes = [PART_BYTES - 1, 1, PART_BYTES + 1, 1, PART_BYTES // 2, PART_BYTES // 2, 0, 1]
    for offset, size in enumerate(sizes):
        buffer.add(Record(STATUSES, 0, offset, 0, bytes(size)))
    parts = []
    while part := buffer.part():
        parts.append([(span.start, span.end) for span in part.spans])
        buffer.landed(part)
    assert parts == [[(0, 2)], [(2, 3)], [(3, 5)], [(5, 8)]]
    assert (buffer.records, buffer.bytes) == ([], 0)


@pytest.mark.parametrize(
    ("compression", "reason", "kept"),
    [("lz4", "too_large", KEPT_BYTES), ("zstd", "unreadable_batch", None)],
)
def test_records_that_decompress_to_much_more_land(
    tmp_path: Path, compression: str, reason: str, kept: int | None
) -> None:
    """Three records of 120 MB in little more than a megabyte."""
    before, behind = statuses(10), statuses(10)
    with fresh_broker() as broker, consumers(broker.bootstrap, tmp_path) as group:
        publish(broker.bootstrap, STATUSES, list(before.values()), partition=0)
        child = group.start()
        group.await_landed(list(before))
        for _ in range(3):
            zeros = [bytes(120_000_000)]
            publish(broker.bootstrap, STATUSES, zeros, partition=0, compression=compression)
        publish(broker.bootstrap, STATUSES, list(behind.values()), partition=0)
        group.await_landed(list(behind))
        status = Path(f"/proc/{child.pid}/status").read_text("ascii")
        (peak,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
        assert int(peak) * 1024 < 900 * MIB
        assert child.stop() == 0
        with connect(group.location, read_only=True) as connection:
            found = connection.execute(
                "SELECT reason, octet_length(payload) FROM dead_letters"
            ).fetchall()
    assert found == [(reason, kept)] * 3
