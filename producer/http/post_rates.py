"""How many POSTs a second each source may send."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable

from producer.http.errors import Refusal
from settings.sources import Source


class Rates:
    """The POSTs a second of each source that has a limit; bursts may be as large as a second's."""

    def __init__(
        self, sources: Iterable[Source], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rates = {s.name: s.posts_per_second for s in sources if s.posts_per_second}
        self._clock = clock
        # The time from which on a source has all of its burst again.
        self._full_at: dict[str, float] = {}

    def take(self, source: str) -> None:
        """Counts one POST. Raises Refusal (429) if the source has none left."""
        rate = self._rates.get(source)
        if rate is None:
            return
        now = self._clock()
        full_at = max(self._full_at.get(source, now), now) + 1 / rate
        over = full_at - now - max(1.0, 1 / rate)
        if over > 1e-9:
            raise Refusal(
                429,
                "too_many_posts",
                f"this source may send {rate:g} POSTs a second: send it again later",
                {"Retry-After": str(math.ceil(over))},
            )
        self._full_at[source] = full_at
