"""The limit of each series, with the reason. The only place to change a limit."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

MB = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Flat:
    """How much the trend may rise after the warm-up: `least` units or `share` of the level.

    The larger of the two counts. `short` replaces `least` in a run that is too short to see every
    cycle.
    """

    least: float
    share: float
    short: float

    def allowed(self, level: float, *, short: bool) -> float:
        """Units by which the trend may rise from the end of the warm-up to the end."""
        return max(self.short if short else self.least, self.share * abs(level))


@dataclass(frozen=True, slots=True)
class Bound:
    """The limits of all series whose names match `series`; None means no limit.

    `ceiling` is the limit of every sample. `per_event` is the limit of the rise after the warm-up,
    divided by the number of events that landed meanwhile. `why` is the reason, for the report.
    """

    series: str
    why: str
    flat: Flat | None = None
    ceiling: float | None = None
    per_event: float | None = None


# An allocator may keep or return 16 MB by chance. A leak with each landing (one per second) is
# found in 40 minutes if it is 7 KB or more.
MEMORY = Flat(least=16 * MB, share=0.06, short=64 * MB)
# Clients that connect and disconnect open about twelve each. One leak with each landing would be
# hundreds.
HANDLES = Flat(least=10, share=0.0, short=30)
# The number rises until a round of maintenance, and then falls. A short run has two or three
# rounds; without maintenance there would be 70 snapshots more. A busy machine lands less often, so
# the number follows the load; without maintenance there would be 3,600 more after an hour.
SNAPSHOTS = Flat(least=40, share=0.6, short=60)
# The files of an expired snapshot are removed some rounds later: after the end of a short run.
FILES = Flat(least=150, share=0.3, short=400)

BOUNDS = (
    Bound(
        "receiver.rss",
        "its limits bound the bodies that are read and published; an idle one needs 100 MB",
        flat=MEMORY,
        ceiling=300 * MB,
    ),
    Bound(
        "consumer.rss",
        "its database has a memory limit, its store of statuses small caches, and it decodes one "
        "batch at a time",
        flat=MEMORY,
        ceiling=800 * MB,
    ),
    Bound(
        "dashboard.rss",
        "its database has a memory limit; all viewers share the cached answers, which expire",
        flat=MEMORY,
        ceiling=900 * MB,
    ),
    Bound("up.rss", "it only watches the others", flat=MEMORY, ceiling=250 * MB),
    Bound(
        "kafka.rss",
        "Apache Kafka fills its heap (400 MB here) before it collects garbage: only the ceiling "
        "is meaningful",
        ceiling=800 * MB,
    ),
    Bound(
        "broker.rss",
        "the embedded broker holds its events in memory until it is replaced (at 512 MB)",
        ceiling=800 * MB,
    ),
    Bound("all.pss", "everything together fits a machine with 2 GB", ceiling=1_900 * MB),
    Bound("*.files", "files and connections that were opened must be closed", flat=HANDLES),
    Bound("*.threads", "threads that were started must end", flat=HANDLES),
    Bound(
        "wal.bytes",
        "the catalog's log starts again after each commit, unless a reader prevents it",
        flat=Flat(least=4 * MB, share=0.0, short=8 * MB),
        ceiling=32 * MB,
    ),
    Bound(
        "catalog.bytes",
        "new rows use the space of expired snapshots and removed files",
        flat=Flat(least=2 * MB, share=0.15, short=8 * MB),
    ),
    Bound("snapshots", "one for each landing in the time for which they are kept", flat=SNAPSHOTS),
    Bound(
        "newest.count",
        "each landing writes some small files, and each round of maintenance merges them",
        flat=Flat(least=60, share=0.25, short=120),
    ),
    Bound(
        "files.count",
        "merged files are removed with the last snapshot that uses them",
        flat=FILES,
    ),
    Bound(
        "files.bytes",
        "grows with the events: 100 bytes for each, and more for small files and old snapshots",
        per_event=1_000,
    ),
    Bound(
        "logs.bytes",
        "there is a line for rare things, but none for an event or a landing",
        flat=Flat(least=0.5 * MB, share=0.0, short=0.5 * MB),
    ),
)


def bounds_of(series: str) -> Bound | None:
    """The first limits that match the series; None if it is shown but not judged."""
    return next((bound for bound in BOUNDS if fnmatchcase(series, bound.series)), None)
