"""The limit of each series, with the reason. The only place to change a limit."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

MB = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Flat:
    """After the warm-up the trend may rise by `least` units or by `share` of the level, whichever
    is more. `short` stands for `least` in a run too short to see every cycle.
    """

    least: float
    share: float
    short: float

    def allowed(self, level: float, *, short: bool) -> float:
        """Units by which the trend may rise from the end of the warm-up to the end."""
        return max(self.short if short else self.least, self.share * abs(level))


@dataclass(frozen=True, slots=True)
class Bound:
    """What the series whose names fit `series` may do; what is None is not judged.

    `ceiling` holds for every sample; `per_event` for what the series rose by after the warm-up,
    divided by the events that landed meanwhile.
    """

    series: str
    why: str
    flat: Flat | None = None
    ceiling: float | None = None
    per_event: float | None = None


# 16 MB is what an allocator keeps or gives back by chance. What leaks with each landing (one a
# second) shows in forty minutes from 7 KB on.
MEMORY = Flat(least=16 * MB, share=0.06, short=64 * MB)
# Clients that come and go open a dozen each. A leak of one with each landing is hundreds.
HANDLES = Flat(least=10, share=0.0, short=30)
# A round of maintenance takes away what has gathered since the last: a saw's teeth. A short run
# sees two of them or three, and without any maintenance there would be 70 snapshots more.
SNAPSHOTS = Flat(least=40, share=0.25, short=60)
# The files of an expired snapshot go some rounds later, after the end of a short run.
FILES = Flat(least=150, share=0.3, short=400)

BOUNDS = (
    Bound(
        "receiver.rss",
        "bodies being read and published are bounded by its limits; an idle one needs 100 MB",
        flat=MEMORY,
        ceiling=300 * MB,
    ),
    Bound(
        "consumer.rss",
        "its database has a memory limit; beside it one batch is decoded at a time",
        flat=MEMORY,
        ceiling=700 * MB,
    ),
    Bound(
        "dashboard.rss",
        "its database has a memory limit; answers are shared by all viewers and forgotten in turn",
        flat=MEMORY,
        ceiling=900 * MB,
    ),
    Bound("up.rss", "it only watches the others", flat=MEMORY, ceiling=250 * MB),
    Bound(
        "kafka.rss",
        "Apache Kafka fills its heap, whose size is set (400 MB here), before it tidies it: only "
        "the ceiling tells anything",
        ceiling=800 * MB,
    ),
    Bound(
        "broker.rss",
        "the embedded broker holds its events in memory until it is replaced (at 512 MB)",
        ceiling=800 * MB,
    ),
    Bound("all.pss", "everything together fits a machine with 2 GB", ceiling=1_900 * MB),
    Bound("*.files", "nothing may open files or connections and leave them open", flat=HANDLES),
    Bound("*.threads", "nothing may start threads and leave them running", flat=HANDLES),
    Bound(
        "wal.bytes",
        "the log of the catalog starts anew after each commit, unless a reader holds it up",
        flat=Flat(least=4 * MB, share=0.0, short=8 * MB),
        ceiling=32 * MB,
    ),
    Bound(
        "catalog.bytes",
        "rows of expired snapshots and removed files make room for new ones",
        flat=Flat(least=2 * MB, share=0.15, short=8 * MB),
    ),
    Bound("snapshots", "as many as there are landings in the time they are kept", flat=SNAPSHOTS),
    Bound(
        "newest.count",
        "each landing makes some small files, and each round of maintenance one of many",
        flat=Flat(least=60, share=0.25, short=120),
    ),
    Bound(
        "files.count",
        "files that were put together go when the last snapshot that has them goes",
        flat=FILES,
    ),
    Bound(
        "files.bytes",
        "grows with the events. One takes 100 bytes; small files and kept snapshots come on top",
        per_event=1_000,
    ),
    Bound(
        "logs.bytes",
        "a line for what is rare, none for an event or a landing",
        flat=Flat(least=0.5 * MB, share=0.0, short=0.5 * MB),
    ),
)


def bounds_of(series: str) -> Bound | None:
    """The first that fits; None where the series is shown but not judged."""
    return next((bound for bound in BOUNDS if fnmatchcase(series, bound.series)), None)
