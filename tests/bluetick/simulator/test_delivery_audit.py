"""Comparing posted events with landed events."""

from __future__ import annotations

import threading
from pathlib import Path

from bluetick.simulator.delivery_audit import Balance, Ledger, await_balance, balance
from bluetick.simulator.payloads import NUMBERS
from bluetick.simulator.traffic import body, history
from producer.normalise import normalise
from schemas.topics import STATUSES
from settings.sources import Source
from tests.support.lake import Lake, lake

__all__ = ["lake"]

SOURCE = Source(name="demo", auth="none")
STARTED = 1_795_392_000
BODY = body(
    [
        update
        for update in history(NUMBERS[0], STARTED, 20, weekly=2000, seed=1)
        if "statuses" in update.value
    ]
)
RECORDS = [
    event.record
    for event in normalise(
        BODY, source="demo", dialect="auto", business_number=None, received_at=STARTED * 10**6
    )
    if event.topic is STATUSES
]


def land(lake: Lake, *records: dict[str, object]) -> None:
    lake.land_events(STATUSES, *records)


def posted(folder: Path, *acknowledged: bool) -> Path:
    file = folder / "posted.csv"
    with Ledger(file) as ledger:
        for one in acknowledged:
            ledger.enter(SOURCE, BODY, acknowledged=one)
    return file


def test_everything_posted_twice_landed_once(lake: Lake, tmp_path: Path) -> None:
    count = len(RECORDS)
    assert count > 100
    land(lake, *RECORDS, *RECORDS)
    found = balance(posted(tmp_path, True, True), lake.location)
    assert found == Balance(2 * count, 2 * count, count, 0, 0)
    assert found.even


def test_what_is_missing_is_counted(lake: Lake, tmp_path: Path) -> None:
    land(lake, *RECORDS[3:])
    found = balance(posted(tmp_path, True), lake.location)
    assert (found.missing, found.doubled, found.even) == (3, 0, False)


def test_what_landed_twice_is_counted(lake: Lake, tmp_path: Path) -> None:
    # The same fact with other content is not a duplicate, so it lands and is found here.
    land(lake, *RECORDS, RECORDS[0] | {"content_hash": 1})
    found = balance(posted(tmp_path, True), lake.location)
    assert (found.missing, found.doubled, found.even) == (0, 1, False)


def test_what_was_not_acknowledged_need_not_land(lake: Lake, tmp_path: Path) -> None:
    found = balance(posted(tmp_path, False), lake.location)
    assert found == Balance(len(RECORDS), 0, 0, 0, 0)
    assert found.even


def test_waiting_ends_when_everything_has_landed(lake: Lake, tmp_path: Path) -> None:
    file = posted(tmp_path, True)
    late = threading.Timer(0.3, land, (lake, *RECORDS))
    late.start()
    found = await_balance(file, lake.location, seconds=60, stop=threading.Event())
    late.join()
    assert found.even


def test_waiting_can_be_stopped(lake: Lake, tmp_path: Path) -> None:
    stopped = threading.Event()
    stopped.set()
    found = await_balance(posted(tmp_path, True), lake.location, seconds=60, stop=stopped)
    assert found.missing == len(RECORDS)
