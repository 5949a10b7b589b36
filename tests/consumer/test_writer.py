from __future__ import annotations

import threading
import uuid
from datetime import datetime

import pytest

from consumer.decode import Record
from consumer.start_offsets import Consent, resume
from consumer.writer import land, read
from schemas.topics import DEAD_LETTERS, SENDS, STATUSES
from tests.support.lake import Lake, lake
from tests.support.locked_catalog import locked_catalog
from tests.support.records import NOW_US, REGISTRY, event, framed, log_of, span
from warehouse.connection import connect
from warehouse.offsets import Fenced
from warehouse.transaction import Busy

__all__ = ["lake"]

DAY_US = 86_400_000_000


def ledger(lake: Lake) -> tuple[object, ...]:
    (row,) = lake.rows(
        "SELECT next_offset - first_offset, landed, duplicates, conflicts, dead_letters, skipped "
        "FROM kafka_offsets WHERE topic = 'whatsapp.statuses'"
    )
    return row


def test_rows_dead_letters_and_offset_land_together(lake: Lake) -> None:
    good = framed(STATUSES, event(STATUSES))
    move = lake.land(STATUSES, good, b"junk", None)
    assert (move.landed, move.dead_letters, move.skipped) == (1, 2, 0)
    assert ledger(lake) == (3, 1, 0, 0, 2, 0)
    assert lake.rows('SELECT topic, partition, "offset" FROM statuses') == [
        ("whatsapp.statuses", 0, 0)
    ]
    assert lake.rows(
        'SELECT topic, "offset", reason, payload FROM dead_letters ORDER BY "offset"'
    ) == [
        ("whatsapp.statuses", 1, "undecodable", b"junk"),
        ("whatsapp.statuses", 2, "undecodable", None),
    ]


def test_the_same_event_lands_once_within_and_across_batches(lake: Lake) -> None:
    one = framed(STATUSES, event(STATUSES))
    assert lake.land(STATUSES, one, one).duplicates == 1
    assert lake.land(STATUSES, one).landed == 0
    assert ledger(lake) == (3, 1, 2, 0, 0, 0)


def test_the_same_identity_with_other_content_is_kept_and_counted(lake: Lake) -> None:
    same = str(uuid.uuid4())
    move = lake.land_events(
        STATUSES, {"event_id": same, "content_hash": 1}, {"event_id": same, "content_hash": 2}
    )
    assert (move.landed, move.conflicts) == (2, 1)
    again = lake.land_events(
        STATUSES, {"event_id": same, "content_hash": 2}, {"event_id": same, "content_hash": 3}
    )
    assert (again.landed, again.duplicates, again.conflicts) == (1, 1, 1)


def test_of_a_longer_hash_only_the_low_53_bits_count(lake: Lake) -> None:
    once = {"event_id": str(uuid.uuid4())}
    for content, hashes in enumerate(([5, 5 - (1 << 60), 5 + (7 << 53)], [-(1 << 63), 0])):
        moves = [lake.land_events(STATUSES, once | {"content_hash": number}) for number in hashes]
        assert [(move.landed, move.conflicts) for move in moves] == [
            (1, content),
            *[(0, 0)] * (len(hashes) - 1),
        ]
    assert lake.rows("SELECT content_hash FROM statuses ORDER BY ALL") == [(0,), (5,)]


def test_repetitions_are_found_eight_days_before_the_batch(lake: Lake) -> None:
    same = str(uuid.uuid4())
    late = {"event_id": same, "received_at": NOW_US + 7 * DAY_US}
    later = {"event_id": same, "received_at": NOW_US + 20 * DAY_US}
    assert lake.land_events(STATUSES, {"event_id": same}).landed == 1
    assert lake.land_events(STATUSES, late).duplicates == 1
    assert lake.land_events(STATUSES, later).landed == 1


def test_offsets_without_records_count_as_skipped(lake: Lake) -> None:
    batch = lake.batch(STATUSES, [framed(STATUSES, event(STATUSES))])
    (span,) = batch.spans
    wider = type(span)(span.log, span.partition, span.start, span.end + 2)
    (move,) = land(lake.connection, type(batch)((wider,), batch.decoded))
    assert (move.landed, move.skipped) == (1, 2)


def test_a_fenced_consumer_changes_nothing(lake: Lake) -> None:
    batch = lake.batch(STATUSES, [framed(STATUSES, event(STATUSES)), b"junk"])
    land(lake.connection, batch)
    with lake.other() as zombie, pytest.raises(Fenced):
        land(zombie, batch)
    assert ledger(lake) == (2, 1, 0, 0, 1, 0)


def test_consumers_landing_the_same_batch_at_once_land_it_once(lake: Lake) -> None:
    batch = lake.batch(STATUSES, [framed(STATUSES, event(STATUSES)) for _ in range(200)])
    results: list[str] = []

    def consumer() -> None:
        with connect(lake.location) as connection:
            try:
                land(connection, batch)
                results.append("landed")
            except Fenced:
                results.append("fenced")

    threads = [threading.Thread(target=consumer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["fenced", "fenced", "fenced", "landed"]
    assert lake.rows("SELECT count(*), count(DISTINCT event_id) FROM statuses") == [(200, 200)]


def test_a_locked_catalog_is_busy_and_changes_nothing(lake: Lake) -> None:
    batch = lake.batch(STATUSES, [framed(STATUSES, event(STATUSES))])
    with locked_catalog(lake.location), pytest.raises(Busy, match="locked"):
        land(lake.connection, batch, attempts=1)
    assert ledger(lake) == (0, 0, 0, 0, 0, 0)
    land(lake.connection, batch)
    assert ledger(lake) == (1, 1, 0, 0, 0, 0)


def test_a_batch_of_only_poison_lands_as_dead_letters(lake: Lake) -> None:
    move = lake.land(STATUSES, b"junk", b"\x00\x00\x00\x00\x07junk")
    assert (move.landed, move.dead_letters, move.skipped) == (0, 2, 0)
    assert lake.rows("SELECT count(*) FROM dead_letters") == [(2,)]


def test_poison_that_is_read_again_is_recognised(lake: Lake) -> None:
    values: list[bytes | None] = [b"junk", framed(STATUSES, event(STATUSES)), None]
    lake.land(STATUSES, *values)
    resume(lake.connection, log_of(STATUSES), 0, 0, Consent(new_log=True))
    (move,) = land(lake.connection, lake.batch(STATUSES, values))
    assert (move.landed, move.duplicates, move.dead_letters, move.skipped) == (0, 3, 0, 0)
    assert lake.rows("SELECT count(*) FROM dead_letters") == [(2,)]


@pytest.mark.parametrize("timestamp", [-1, 2**62, 253_402_300_800_000_000])
def test_poison_of_any_time_lands(lake: Lake, timestamp: int) -> None:
    junk = Record(STATUSES, 0, 0, timestamp, b"junk")
    land(lake.connection, read([span(STATUSES, 0, 1)], [junk], REGISTRY))
    ((received_at,),) = lake.rows("SELECT received_at FROM dead_letters")
    assert isinstance(received_at, datetime)


def test_dead_letters_of_the_receiver_land_as_they_are(lake: Lake) -> None:
    lake.land_events(
        DEAD_LETTERS, {"reason": "malformed_json", "detail": "not JSON", "payload": b"{"}
    )
    assert lake.rows("SELECT reason, detail, payload, source FROM dead_letters") == [
        ("malformed_json", "not JSON", b"{", "meta")
    ]


def test_a_send_is_recognised_however_late_it_is_repeated(lake: Lake) -> None:
    late = {"received_at": NOW_US + 60 * DAY_US}
    first = {"event_id": "00000000-0000-5000-8000-000000000001", "message_id": "wamid.A"}
    moves = [
        lake.land_events(SENDS, first),
        lake.land_events(SENDS, first | late, late | {"occurred_at": NOW_US + 60 * DAY_US}),
        lake.land_events(SENDS, first | late | {"content_hash": 2}),
    ]
    assert [(one.landed, one.duplicates, one.conflicts) for one in moves] == [
        (1, 0, 0),
        (1, 1, 0),
        (1, 0, 1),
    ]
