"""Records the ids of all posted events, and compares them with the landed ones."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from producer.normalise import normalise
from schemas.topics import LANDED
from settings.sources import Source
from warehouse.connection import Location, connect


class Ledger:
    """A CSV file with a line for each posted event: its id, and 1 if it was acknowledged."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file.open("w", encoding="ascii")
        self._file.write("event_id,acknowledged\n")

    def enter(self, source: Source, body: bytes, *, acknowledged: bool) -> None:
        """Adds the events that the receiver makes from this body."""
        events = normalise(
            body,
            source=source.name,
            dialect=source.dialect,
            business_number=source.business_number,
            received_at=0,
        )
        self._file.writelines(f"{event.record['event_id']},{acknowledged:d}\n" for event in events)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._file.close()


@dataclass(frozen=True, slots=True)
class Balance:
    """The result of comparing a ledger with the warehouse.

    `posted` and `acknowledged` count events, with repetitions. `distinct` counts different
    acknowledged ids, `missing` those that have not landed, `doubled` those that landed more often
    than once.
    """

    posted: int
    acknowledged: int
    distinct: int
    missing: int
    doubled: int

    @property
    def even(self) -> bool:
        """Whether every acknowledged event has landed exactly once."""
        return not self.missing and not self.doubled


def balance(file: Path, location: Location) -> Balance:
    """Compares the ledger with the warehouse as it is now. Raises WarehouseError."""
    landed = " UNION ALL ".join(f"SELECT event_id FROM {topic.table}" for topic in LANDED)
    connection = connect(location, read_only=True)
    try:
        ((*counts,),) = connection.execute(
            f"""
            WITH posted AS (
                SELECT event_id, acknowledged
                FROM read_csv(?, header = true,
                              columns = {{'event_id': 'UUID', 'acknowledged': 'BOOLEAN'}})
            ), acknowledged AS (
                SELECT DISTINCT event_id FROM posted WHERE acknowledged
            ), found AS (
                SELECT event_id, count(*) AS times FROM ({landed})
                WHERE event_id IN (FROM acknowledged) GROUP BY event_id
            )
            SELECT (SELECT count(*) FROM posted),
                   (SELECT count(*) FROM posted WHERE acknowledged),
                   (SELECT count(*) FROM acknowledged),
                   (SELECT count(*) FROM acknowledged ANTI JOIN found USING (event_id)),
                   (SELECT count(*) FROM found WHERE times > 1)
            """,
            [str(file)],
        ).fetchall()
    finally:
        connection.close()
    return Balance(*counts)


def await_balance(
    file: Path, location: Location, *, seconds: float, stop: threading.Event
) -> Balance:
    """Waits until nothing is missing, `seconds` are over or `stop` is set; then the balance."""
    deadline = time.monotonic() + seconds
    while True:
        found = balance(file, location)
        if not found.missing or time.monotonic() >= deadline or stop.wait(0.5):
            return found
