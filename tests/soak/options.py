"""The options of a run, and the values that depend on its length."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Self

import orjson

from tests.soak.judge import Terms

Broker = Literal["auto", "apache", "embedded"]
# A shorter run (minutes) shows that the parts work together and that nothing grows fast. To find
# slow growth, a longer one is necessary.
SHORT_MINUTES = 10.0
FILE = "options.json"


@dataclass(frozen=True, slots=True)
class Options:
    """`rate` is events per second. Values that are None depend on the length of the run."""

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
        """Seconds between two samples, so that a run has some hundreds."""
        return _within(2.0, self.seconds / 360, 10.0)

    @property
    def look_seconds(self) -> float:
        """Seconds between two examinations of the warehouse, each in its own process."""
        return _within(10.0, self.seconds / 60, 60.0)

    @property
    def doctor_seconds(self) -> float:
        return _within(60.0, self.seconds / 15, 240.0)

    @property
    def maintenance_seconds(self) -> float:
        """Seconds between two rounds of the consumer's maintenance; a run must have several."""
        return self.maintenance or _within(30.0, self.seconds / 12, 300.0)

    @property
    def keep_seconds(self) -> float:
        """Seconds for which snapshots are kept; files and snapshots grow only for this time."""
        return self.keep_snapshots or _within(60.0, self.seconds / 6, 3600.0)

    @property
    def warm_up_seconds(self) -> float:
        """Seconds in which everything may grow: caches fill, and files stay until snapshots expire.

        Compaction ends a file, its last snapshot expires a round later, and a round takes time.
        """
        settled = self.keep_seconds + 3 * self.maintenance_seconds
        return self.warm_up or min(max(settled, self.seconds / 3), self.seconds / 2)

    @property
    def terms(self) -> Terms:
        """The terms for judging the samples."""
        # A round itself takes time, so two rounds are further apart than the pause between them.
        return Terms(self.warm_up_seconds, 1.4 * self.maintenance_seconds, short=self.short)

    def write(self, directory: Path) -> None:
        """Writes the options beside the samples, so that these can be judged again."""
        (directory / FILE).write_bytes(orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2))

    @classmethod
    def read(cls, directory: Path) -> Self:
        """The options of an earlier run. Raises OSError if there are none."""
        return cls(**orjson.loads((directory / FILE).read_bytes()))


def _within(least: float, value: float, most: float) -> float:
    return min(max(least, value), most)
