"""The samples. Each one is written when it is taken, so that a killed run keeps them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.soak.sampler import HELD, Sample
from tests.soak.trend import Series, rate

PARTS = ("receiver", "consumer", "dashboard", "up", "kafka", "broker")
# In the order of the table.
COLUMNS = (
    "seconds",
    *(f"{part}.{what}" for part in PARTS for what in HELD),
    "all.pss",
    "catalog.bytes",
    "wal.bytes",
    "files.count",
    "files.bytes",
    "logs.bytes",
    "data.bytes",
    "lag",
    "acknowledged",
    "rows",
    "snapshots",
    "newest.count",
    "newest.bytes",
)


class Samples:
    """A CSV file with a line for each sample; values that could not be read are empty."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("w", encoding="ascii")
        self._writer = csv.DictWriter(
            self._file, COLUMNS, extrasaction="ignore", lineterminator="\n"
        )
        self._writer.writeheader()

    def add(self, sample: Sample) -> None:
        self._writer.writerow({name: f"{value:.12g}" for name, value in sample.items()})
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._file.close()


def read(file: Path) -> list[Sample]:
    """All complete lines of the file; the last one may be cut if the run was killed."""
    whole = [line for line in file.read_text("ascii").splitlines(True) if line.endswith("\n")]
    return [
        {name: float(value) for name, value in row.items() if value}
        for row in csv.DictReader(whole)
    ]


def series_of(samples: Iterable[Sample]) -> dict[str, Series]:
    """The samples by column, without empty columns; `cpu` as the number of cores in use."""
    rows = list(samples)
    found = {
        name: Series.of([(row["seconds"], row.get(name)) for row in rows]) for name in COLUMNS[1:]
    }
    return {
        name: rate(series) if name.endswith(".cpu") else series
        for name, series in found.items()
        if len(series) > 1
    }
