"""Warehouses in unusual states, as a consumer can leave them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from consumer.start_offsets import Consent, begin
from consumer.writer import land, read
from schemas.topics import ACCOUNT_EVENTS, LANDED, MESSAGES, STATUSES, Topic
from tests.support.lake import Lake, created
from tests.support.records import REGISTRY, event, framed, log_of, records
from tests.support.views import ago
from warehouse.connection import Location, connect
from warehouse.heartbeats import beat
from warehouse.offsets import Log, Span

OLD_DAYS = 40
# The tables whose files are lost or cut: every page reads at least one of them.
BROKEN = {"statuses", "rollups", "messages", "account_events"}


def no_tables(folder: Path) -> None:
    """A catalog without tables, as if a consumer was just creating it."""
    connect(Location.under(folder)).close()


def taken(folder: Path) -> None:
    """A warehouse with open partitions and without events."""
    lows = {(log_of(topic), partition): 0 for topic in LANDED for partition in range(3)}
    with created(folder) as connection:
        begin(connection, lows, Consent())


def only(topic: Topic, **fields: Any) -> Callable[[Path], None]:
    """One event of one topic, just received."""

    def fill(folder: Path) -> None:
        lake = Lake(folder)
        now = int(ago().timestamp() * 1_000_000)
        with lake.connection:
            lake.land_events(topic, {"occurred_at": now, "received_at": now} | fields)

    return fill


def only_dead_letters(folder: Path) -> None:
    """Records that cannot be decoded, of the present time."""
    lake = Lake(folder)
    with lake.connection:
        lake.land(STATUSES, b"no record", None)


def old(folder: Path) -> dict[str, Any]:
    """A message of a long time ago; returns its event."""
    lake = Lake(folder)
    then = int(ago(days=OLD_DAYS).timestamp() * 1_000_000)
    sent = event(STATUSES, occurred_at=then, received_at=then, display_phone_number="15550001111")
    with lake.connection:
        lake.land(STATUSES, framed(STATUSES, sent))
    return sent


def quiet(folder: Path) -> None:
    """No events for long, from a consumer that works."""
    _reported(folder, waiting=0)


def behind(folder: Path) -> None:
    """A consumer that works and does not land what waits."""
    _reported(folder, waiting=5)


def down(folder: Path) -> None:
    """A consumer that has not reported for an hour."""
    _reported(folder, waiting=0)
    with connect(Location.under(folder)) as connection:
        connection.execute("UPDATE heartbeats SET beat_at = now() - INTERVAL 1 HOUR")


def _reported(folder: Path, waiting: int) -> None:
    old(folder)
    with connect(Location.under(folder)) as connection:
        # It landed when it received.
        connection.execute(
            f"UPDATE kafka_offsets SET updated_at = now() - INTERVAL {OLD_DAYS} DAYS"
        )
        beat(connection, "consumer", partitions=1, waiting=waiting)
        # The pages of a test are opened one after the other, which may take minutes.
        connection.execute("UPDATE heartbeats SET beat_at = now() + INTERVAL 1 HOUR")


def only_duplicates(folder: Path) -> None:
    """A new log, with only events that had landed before."""
    sent = old(folder)
    log = Log("another cluster", "another id", STATUSES.name)
    with connect(Location.under(folder)) as connection:
        begin(connection, {(log, 0): 0}, Consent(new_log=True))
        values = records(STATUSES, [framed(STATUSES, sent)])
        (move,) = land(connection, read([Span(log, 0, 0, 1)], values, REGISTRY))
    assert (move.landed, move.duplicates) == (0, 1)


def failures(folder: Path) -> None:
    """Messages that failed a moment ago."""
    lake = Lake(folder)
    now = int(ago().timestamp() * 1_000_000)
    failed = {"status": "failed", "error_code": 131026, "occurred_at": now, "received_at": now}
    with lake.connection:
        lake.land_events(STATUSES, *(failed | {"message_id": f"wamid.{n}"} for n in range(60)))


def _some_of_each(folder: Path) -> None:
    failures(folder)
    only(STATUSES, message_id="wamid.D", status="delivered")(folder)
    only(MESSAGES)(folder)
    only(ACCOUNT_EVENTS, field="account_update", event="verified", value="{}")(folder)


def without_files(folder: Path) -> None:
    """Events whose data files are lost."""
    _some_of_each(folder)
    lose_files(folder)


def lose_files(folder: Path) -> None:
    """Removes the files of events and of their sums."""
    for file in _files(folder):
        file.unlink()


def cut_files(folder: Path) -> None:
    """Events whose data files are incomplete, as after a full disk or a bad copy."""
    _some_of_each(folder)
    for file in _files(folder):
        file.write_bytes(file.read_bytes()[:-100])


def older_views(folder: Path) -> None:
    """Views that do not have the columns of this version."""
    failures(folder)
    with connect(Location.under(folder)) as connection:
        for view in ("outcome_counts", "campaign_counts", "campaign_dimensions", "conversations"):
            connection.execute(f"DROP VIEW {view}; DROP MACRO TABLE {view}")
        macro = "CREATE OR REPLACE MACRO {}(since, until := NULL::TIMESTAMPTZ) AS TABLE SELECT {}"
        connection.execute(macro.format("freshness", "now() AS landed_at"))
        connection.execute(macro.format("billing", "1 AS units"))
        connection.execute(macro.format("dimensions", "1 AS source"))


def _files(folder: Path) -> list[Path]:
    found = [file for file in (folder / "files").rglob("*.parquet") if BROKEN & set(file.parts)]
    assert found
    return found
