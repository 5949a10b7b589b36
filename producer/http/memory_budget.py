"""Limits on what all requests together keep in memory."""

from __future__ import annotations

from dataclasses import dataclass, field


class Overdrawn(Exception):
    """The budget has too few units left."""


@dataclass(slots=True)
class Budget:
    """At most `limit` units (such as bytes) for all requests together.

    Not thread-safe: use it in the event loop only.
    """

    limit: int
    used: int = field(default=0, init=False)

    def has(self, units: int) -> bool:
        """Whether this many units are left."""
        return self.used + units <= self.limit

    def claim(self) -> Claim:
        """A share for one request, empty at first. Use it as a context manager."""
        return Claim(self)


@dataclass(slots=True)
class Claim:
    """The units that one request holds; they are returned when the context ends."""

    budget: Budget
    held: int = field(default=0, init=False)

    def take(self, units: int) -> None:
        """Adds units to the share. Raises Overdrawn, and then adds none, if too few are left."""
        if not self.budget.has(units):
            raise Overdrawn
        self.budget.used += units
        self.held += units

    def __enter__(self) -> Claim:
        return self

    def __exit__(self, *_: object) -> None:
        self.budget.used -= self.held
        self.held = 0
