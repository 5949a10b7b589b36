"""Stops the consumer when nearly everything is poison: then it is not the records' fault."""

from __future__ import annotations

from collections import deque

from settings.errors import BluetickError

WINDOW = 10_000
LEAST = 500
SHARE = 0.9


class PoisonFlood(BluetickError):
    """Nearly all recent records could not be decoded; the message says what to look at."""


class PoisonGuard:
    """Watches the share of undecodable records over the last batches."""

    def __init__(self, window: int = WINDOW, least: int = LEAST, share: float = SHARE) -> None:
        self._window, self._least, self._share = window, least, share
        self._recent: deque[tuple[int, int]] = deque()

    def check(self, records: int, poison: int) -> None:
        """Call with each batch before it lands, however often that is tried. Raises PoisonFlood."""
        recent = self._with(records, poison)
        seen = sum(n for n, _ in recent)
        bad = sum(n for _, n in recent)
        if bad >= self._least and bad > self._share * seen:
            raise PoisonFlood(
                f"{bad} of the last {seen} records could not be decoded, so this is hardly about "
                "single records. Look at SCHEMA_REGISTRY_URL (is it the one the receiver uses?) "
                "and at who else writes to these topics. Nothing of this batch was landed; to "
                "make dead letters of such records and go on: `bluetick land --accept-poison`"
            )

    def landed(self, records: int, poison: int) -> None:
        """Call with each batch that has landed."""
        self._recent = self._with(records, poison)

    def _with(self, records: int, poison: int) -> deque[tuple[int, int]]:
        recent = deque([*self._recent, (records, poison)])
        while len(recent) > 1 and sum(n for n, _ in recent) > self._window:
            recent.popleft()
        return recent
