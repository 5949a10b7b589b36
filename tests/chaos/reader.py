"""Reads the warehouse while it is written, and reports every snapshot that is not consistent.

`python -m tests.chaos.reader DATA_DIR RESULTS` runs until SIGTERM. It writes what it finds to a
file in RESULTS that is named by its process id, so that the results of a killed reader remain.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import duckdb

from schemas.topics import LANDED
from settings.errors import BluetickError
from warehouse.connection import Location, connect

# Seconds between two looks. After a long one, the pause is longer: looks take the processor from
# what they look at.
PAUSE = 0.05
RESTS = 4
CHECKS_A_CONNECTION = 50
KEPT = 20  # of the violations that are kept for the report

ROWS = " UNION ALL ".join(
    f'SELECT topic, partition, "offset" FROM {topic.table}' for topic in LANDED
)
# One snapshot: the counts of each partition in the offsets, its rows, and those gone for their age.
SNAPSHOT = f"""
    WITH there AS (
        SELECT topic, partition, count(*) AS found, max("offset") AS last,
               count(DISTINCT "offset") AS places
        FROM ({ROWS}) GROUP BY ALL
    ),
    removed AS (SELECT topic, partition, sum("rows")::BIGINT AS gone FROM removed_rows GROUP BY ALL)
    SELECT topic, partition, next_offset - first_offset AS passed, landed, duplicates,
           dead_letters, skipped, coalesce(found, 0) AS found, coalesce(places, 0) AS places,
           coalesce(gone, 0) AS gone, coalesce(last < next_offset, true) AS within
    FROM kafka_offsets
    FULL JOIN there USING (topic, partition)
    LEFT JOIN removed USING (topic, partition)
"""


@dataclass
class Findings:
    """The results of a reader: checks, snapshots that were not consistent, and failed reads."""

    checks: int = 0
    violations: int = 0
    examples: list[str] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)

    def violate(self, what: str) -> None:
        self.violations += 1
        if len(self.examples) < KEPT:
            self.examples.append(what)

    def fail(self, error: str, times: int = 1) -> None:
        self.errors[error] = self.errors.get(error, 0) + times


def check(connection: duckdb.DuckDBPyConnection) -> tuple[int, list[str]]:
    """The number of rows in one snapshot, and its faults. Raises duckdb.Error."""
    rows = 0
    wrong = []
    for row in connection.execute(SNAPSHOT).fetchall():
        topic, partition, passed, landed, duplicates, dead, skipped, found, places, *more = row
        gone, within = more
        rows += found
        place = f"{topic}/{partition}"
        if passed is None:
            wrong.append(f"{place}: {found} rows and no offsets")
            continue
        if landed + dead != found + gone or places != found:
            wrong.append(
                f"{place}: landed {landed} + dead {dead}, rows {found} of {places} places, "
                f"{gone} removed"
            )
        if passed != landed + duplicates + dead + skipped:
            wrong.append(
                f"{place}: passed {passed}, not {landed} + {duplicates} + {dead} + {skipped}"
            )
        if not within:
            wrong.append(f"{place}: a row at or past next_offset")
        if skipped:  # the tests write no transactions to Kafka, and their topics are not compacted
            wrong.append(f"{place}: {skipped} offsets skipped")
    return rows, wrong


class Reader:
    """Checks one snapshot after another; sometimes opens a new connection."""

    def __init__(self, location: Location, result: Path) -> None:
        self.findings = Findings()
        self.stop = threading.Event()
        self._location = location
        self._result = result
        self._most = 0

    def watch(self) -> None:
        """Checks until `stop` is set."""
        while not self.stop.is_set():
            try:
                connection = connect(self._location, read_only=True, threads=1)
            except BluetickError as error:
                self._fail(error)
                continue
            try:
                self._read(connection)
            except duckdb.Error as error:
                self._fail(error)
            finally:
                connection.close()
            self._save()

    def _read(self, connection: duckdb.DuckDBPyConnection) -> None:
        for _ in range(CHECKS_A_CONNECTION):
            began = time.monotonic()
            rows, wrong = check(connection)
            took = time.monotonic() - began
            self.findings.checks += 1
            for what in wrong:
                self.findings.violate(what)
            if rows < self._most:
                self.findings.violate(f"{self._most} rows had been seen, now {rows}")
            self._most = max(self._most, rows)
            if self.stop.wait(max(PAUSE, RESTS * took)):
                break

    def _fail(self, error: Exception) -> None:
        first_line = str(error).splitlines()[0][:200]
        self.findings.fail(f"{type(error).__name__}: {first_line}")
        self.stop.wait(0.3)

    def _save(self) -> None:
        draft = self._result.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self.findings)), "utf-8")
        draft.rename(self._result)


def gather(results: Path) -> Findings:
    """The results of all readers that wrote to the folder."""
    together = Findings()
    for file in sorted(results.glob("reader-*.json")):
        found = Findings(**json.loads(file.read_text("utf-8")))
        together.checks += found.checks
        together.violations += found.violations
        together.examples += found.examples
        for error, times in found.errors.items():
            together.fail(error, times)
    return together


def main(data_dir: str, results: str) -> None:
    """Checks until SIGTERM."""
    result = Path(results) / f"reader-{os.getpid()}.json"
    reader = Reader(Location.of(Path(data_dir)), result)
    signal.signal(signal.SIGTERM, lambda *_: reader.stop.set())
    reader.watch()


if __name__ == "__main__":
    main(*sys.argv[1:])
