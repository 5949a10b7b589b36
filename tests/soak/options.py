"""The options of a run, and the values that depend on its length."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Self

import orjson

from tests.soak.judge import Terms

Broker = Literal["auto", "apache", "embedded"]
# Below this many minutes a run shows that the parts work together and that nothing grows fast;
# slow growth needs a longer one.
SHORT_MINUTES = 10.0
FILE = "options.json"


@dataclass(frozen=True, slots=True)
class Options:
    """`rate` is events a second; what is None is chosen by the run's length."""

    minutes: float = 60.0
    rate: float = 500.0
    viewers: int = 10
    broker: Broker = "auto"
    maintenance: float | None = None
    keep_snapshots: float | None = None
    warm_up: float | None = None

    @property
    def seconds(self) -> float:
        return self.minutes * 60

    @property
    def short(self) -> bool:
        return self.minutes < SHORT_MINUTES

    @property
    def sample_seconds(self) -> float:
        """Between two samples: some hundreds of them in all."""
        return _within(2.0, self.seconds / 360, 10.0)

    @property
    def look_seconds(self) -> float:
        """Between two looks into the warehouse, each of which is a process of its own."""
        return _within(10.0, self.seconds / 60, 60.0)

    @property
    def doctor_seconds(self) -> float:
        return _within(60.0, self.seconds / 15, 240.0)

    @property
    def maintenance_seconds(self) -> float:
        """Between two rounds of the consumer's maintenance; a run must see several."""
        return self.maintenance or _within(30.0, self.seconds / 12, 300.0)

    @property
    def keep_seconds(self) -> float:
        """How long snapshots are kept. Files and snapshots grow that long, then no more."""
        return self.keep_snapshots or _within(60.0, self.seconds / 6, 3600.0)

    @property
    def warm_up_seconds(self) -> float:
        """Until then anything may grow: caches fill, and no file goes before its snapshots.

        Compaction ends a file, its last snapshot expires a round later, and a round takes time.
        """
        settled = self.keep_seconds + 3 * self.maintenance_seconds
        return self.warm_up or min(max(settled, self.seconds / 3), self.seconds / 2)

    @property
    def terms(self) -> Terms:
        """How the samples are judged."""
        # A round takes time too, so they are further apart than the pause between them.
        return Terms(self.warm_up_seconds, 1.4 * self.maintenance_seconds, short=self.short)

    def write(self, directory: Path) -> None:
        """Keeps them beside the samples, so that these can be judged again."""
        (directory / FILE).write_bytes(orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2))

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Raises OSError where there are none."""
        return cls(**orjson.loads((directory / FILE).read_bytes()))


def _within(least: float, value: float, most: float) -> float:
    return min(max(least, value), most)
