"""Progress over several embedded clusters: the current one plus all earlier ones."""

from __future__ import annotations

import time
from collections.abc import Callable

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from bluetick.local.progress import TIMEOUT, Gauge, Progress
from bluetick.watermarks import BrokerSilent, Place, extents
from schemas.topics import LANDED
from settings.kafka import client_config
from warehouse.connection import Location
from warehouse.transaction import Busy


class Tally:
    """Reads the progress of all clusters at `bootstrap` since this object was made."""

    def __init__(
        self, bootstrap: str, location: Location, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bootstrap = bootstrap
        self._location = location
        self._clock = clock
        self._earlier = Progress()
        self._last: Progress | None = None
        self._read_at = clock()
        self._gauge = Gauge(bootstrap, location)

    def ready(self) -> bool:
        """Whether the warehouse can be read."""
        try:
            return self._gauge.ready()
        except Busy:
            return False

    def read(self) -> Progress | None:
        """The current progress; None if the broker or the warehouse does not answer."""
        try:
            found = self._gauge.read()
        except Busy:
            return None
        if found is None:
            return None
        self._last, self._read_at = found, self._clock()
        return _sum(self._earlier, found)

    @property
    def offsets(self) -> tuple[dict[Place, int], dict[Place, int]]:
        """The next offsets in the current broker and in the warehouse when last read."""
        return self._gauge.ends, self._gauge.nexts

    def untouched(self) -> bool:
        """Whether the current cluster has never held an event."""
        admin = AdminClient({**client_config(self._bootstrap), "log_level": 0})
        try:
            known = admin.list_topics(timeout=TIMEOUT).topics
            found = extents(self._bootstrap, [one.name for one in LANDED if one.name in known])
        except (KafkaException, BrokerSilent):
            return False
        return not any(extent.end for extent in found.values())

    def loss(self, *, kept: bool) -> str:
        """A sentence about the events of a cluster that has ended, which are lost or `kept`."""
        if kept:
            return "What had not landed is kept in files."
        if self._last is None:
            return "It is not known how many received events had not landed; they are lost."
        ago = self._clock() - self._read_at
        return (
            f"{self._last.waiting:,} received events had not landed when last counted, "
            f"{ago:.0f} s before; what had not landed is lost."
        )

    def turn_over(self) -> None:
        """Continue with another, empty cluster; events that had not landed no longer count."""
        if self._last:
            results = (self._last.landed, self._last.duplicates, self._last.dead_letters)
            self._earlier = _sum(self._earlier, Progress(sum(results), *results))
        self._last = None
        # A Kafka client refuses another cluster than the first it has met.
        self.close()
        self._gauge = Gauge(self._bootstrap, self._location)

    def close(self) -> None:
        self._gauge.close()


def _sum(one: Progress, other: Progress) -> Progress:
    return Progress(
        one.received + other.received,
        one.landed + other.landed,
        one.duplicates + other.duplicates,
        one.dead_letters + other.dead_letters,
    )
