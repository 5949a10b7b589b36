"""The checks after the load has ended: everything landed once, and all parts ended cleanly."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
from confluent_kafka import KafkaException

from bluetick.simulator.delivery_audit import balance
from tests.chaos.audit import behind
from tests.soak.load import LEDGER
from tests.soak.samples import PARTS
from tests.soak.trend import Series
from warehouse.connection import Location, WarehouseError, connect

EMBEDDED = "broker"
LANDED = """
    SELECT coalesce(sum(landed + duplicates + dead_letters), 0)::BIGINT,
           coalesce(sum(dead_letters), 0)::BIGINT
    FROM kafka_offsets
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One condition that must be true at the end, and what was found."""

    name: str
    good: bool
    found: str


def drained(location: Location, bootstrap: str, seconds: float) -> Check:
    """Waits until the warehouse has all that Kafka has."""
    began = time.monotonic()
    left = _behind(location, bootstrap)
    while left and time.monotonic() - began < seconds:
        time.sleep(0.5)
        left = _behind(location, bootstrap)
    took = f"{time.monotonic() - began:.0f} s after the last POST"
    found = f"not within {took}: {_some(left)}" if left else took
    return Check("everything in Kafka has landed", not left, found)


def accounted(location: Location, work: Path, poison: int) -> list[Check]:
    """Compares the providers' ledger with the warehouse. Call it after everything has ended."""
    found = balance(work / LEDGER, location)
    with connect(location, read_only=True) as connection:
        fates, dead = connection.execute(LANDED).fetchall()[0]
    expected = found.acknowledged + poison
    return [
        Check(
            "everything acknowledged landed exactly once",
            found.even and found.acknowledged > 0,
            f"{found.acknowledged:,} acknowledged, {found.distinct:,} different, "
            f"{found.missing:,} missing, {found.doubled:,} doubled",
        ),
        Check(
            "the offsets account for every record",
            # There are more if Kafka took a part of a POST that was not acknowledged.
            fates >= expected,
            f"{fates:,} records landed, of {expected:,} acknowledged ones",
        ),
        Check(
            "undecodable records became dead letters",
            dead == poison,
            f"{dead:,} of {poison:,}",
        ),
    ]


def wal_gone(data_dir: Path) -> Check:
    """Whether the log is gone. Call it after a clean end, before the catalog is opened again."""
    log = data_dir / "warehouse.sqlite-wal"
    size = log.stat().st_size if log.exists() else 0
    return Check("no write-ahead log is left", size == 0, f"{size:,} bytes")


def lived(series: Mapping[str, Series]) -> Check:
    """Whether every part was one process from start to end.

    An embedded broker that uses too much memory is an exception: it is replaced, and its clients
    are restarted.
    """
    starts = {
        part: len(set(series[f"{part}.pid"].values.tolist()))
        for part in PARTS
        if f"{part}.pid" in series
    }
    meant = starts.pop(EMBEDDED, 1)
    again = [f"{part} {count - 1} times" for part, count in starts.items() if count > meant]
    return Check("nothing was restarted", not again, ", ".join(again) or ", ".join(starts))


def ended(codes: Mapping[str, int]) -> Check:
    """Whether every process ended with exit code 0."""
    listed = ", ".join(f"{name} {code}" for name, code in codes.items())
    return Check("everything ended with exit code 0", not any(codes.values()), listed)


def failed(checks: Iterable[Check]) -> list[Check]:
    return [check for check in checks if not check.good]


def _behind(location: Location, bootstrap: str) -> dict[str, str]:
    try:
        with connect(location, read_only=True) as connection:
            return behind(connection, bootstrap)
    except (duckdb.Error, WarehouseError, KafkaException) as error:
        return {"unknown": type(error).__name__}


def _some(left: Mapping[str, str]) -> str:
    return ", ".join(f"{where} {what}" for where, what in list(left.items())[:4])
