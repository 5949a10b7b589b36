"""Landing with many rows present, beside landing in an empty warehouse and a plain INSERT."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import duckdb
import psutil

from bench.at_size.batches import LOG, PARTITIONS, batches
from bench.at_size.results import RUNS, Result
from bench.timing import seconds
from consumer.writer import Batch, land
from schemas.topics import STATUSES
from warehouse.connection import Location, connect, create
from warehouse.offsets import open_partitions
from warehouse.recent_statuses import RecentStatuses
from warehouse.transaction import transact

ROOT = Path(__file__).parents[2]
SIZES = (48_000, 9_000, 900)


@dataclass(frozen=True, slots=True)
class Landing:
    """An open warehouse with its store of recent statuses, as a consumer has it."""

    connection: duckdb.DuckDBPyConnection
    recent: RecentStatuses

    @classmethod
    def open(cls, folder: Path, stack: ExitStack) -> Landing:
        connection = stack.enter_context(connect(Location.under(folder)))
        create(connection)
        recent = RecentStatuses(folder / "states")
        stack.callback(recent.close)
        recent.fill(connection)
        positions = {(LOG, partition): 0 for partition in range(PARTITIONS)}
        transact(connection, lambda: open_partitions(connection, positions))
        return cls(connection, recent)

    def land(self, batch: Batch) -> None:
        """Lands a batch; each of its records must land."""
        moves = land(self.connection, batch, recent=self.recent)
        assert sum(move.landed for move in moves) == len(batch.decoded[STATUSES].rows)


def results(full: Path, empty: Path, sizes: tuple[int, ...] = SIZES) -> list[Result]:
    """The figures of landing, from a process of its own: its memory is a consumer's."""
    command = [sys.executable, "-m", __name__, str(full), str(empty), *map(str, sizes)]
    done = subprocess.run(command, stdout=subprocess.PIPE, cwd=ROOT, check=True)
    return [Result(**figure) for figure in json.loads(done.stdout)]


def _results(full: Path, empty: Path, sizes: tuple[int, ...]) -> list[Result]:
    found: list[Result] = []
    ratios: dict[int, float] = {}
    with ExitStack() as stack:
        at_size, nothing = Landing.open(full, stack), Landing.open(empty, stack)
        start = 0
        for size in sizes:
            pairs = []
            for batch in islice(batches(size, start), RUNS + 1):
                there, here = (seconds(partial(it.land, batch)) for it in (at_size, nothing))
                pairs.append((there, here, _insert_seconds(at_size.connection, batch)))
                start += size // PARTITIONS
            # The first batch warms up.
            there, here, plain = (
                statistics.median(times) for times in zip(*pairs[1:], strict=True)
            )
            ratios[size] = here / there
            found.append(
                Result(f"landing.{size}", size / there, "rows/s", "empty warehouse", ratios[size])
            )
            if size == sizes[0]:
                found.append(
                    Result("landing.over_insert", plain / there, "", "INSERT", plain / there)
                )
        found.append(Result("landing.at_size_over_empty", min(ratios.values()), ""))
        memory = psutil.Process().memory_info().rss / 2**20
    return [*found, Result("consumer.rss_mb", memory, "MB")]


def _insert_seconds(connection: duckdb.DuckDBPyConnection, batch: Batch) -> float:
    """How long a plain INSERT of the batch's rows takes, into another table like `statuses`."""
    connection.register("plain", batch.decoded[STATUSES].rows.to_arrow())
    connection.execute("CREATE TABLE IF NOT EXISTS appended AS FROM statuses LIMIT 0")
    return seconds(lambda: connection.execute("INSERT INTO appended BY NAME FROM plain"))


if __name__ == "__main__":
    _full, _empty, *_sizes = sys.argv[1:]
    print(json.dumps([*map(asdict, _results(Path(_full), Path(_empty), tuple(map(int, _sizes))))]))
