"""Bounds on what is held in memory at once."""

from __future__ import annotations

from dataclasses import dataclass, field


class Overdrawn(Exception):
    """The budget has nothing left."""


@dataclass(slots=True)
class Budget:
    """So many units for all requests together; used from the event loop only."""

    limit: int
    used: int = field(default=0, init=False)

    def has(self, units: int) -> bool:
        """Whether that much is left."""
        return self.used + units <= self.limit

    def claim(self) -> Claim:
        """One request's share, to be held as a context manager; empty at first."""
        return Claim(self)


@dataclass(slots=True)
class Claim:
    """What one request holds of a budget; leaving the context gives it back."""

    budget: Budget
    held: int = field(default=0, init=False)

    def take(self, units: int) -> None:
        """Adds to the share. Raises Overdrawn, taking nothing."""
        if not self.budget.has(units):
            raise Overdrawn
        self.budget.used += units
        self.held += units

    def __enter__(self) -> Claim:
        return self

    def __exit__(self, *_: object) -> None:
        self.budget.used -= self.held
        self.held = 0
