"""What one client may use of a budget that all share."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from producer.http.memory_budget import Claim, Overdrawn


class ShareUsed(Overdrawn):
    """This client's share of a budget is used up, though the budget may not be."""


@dataclass(slots=True)
class ShareClaim(Claim):
    """A claim on a budget that also counts for one client, who may hold `most` units."""

    holders: Counter[str]
    client: str
    most: int

    def take(self, units: int) -> None:
        """As Claim.take; raises ShareUsed if the client would hold more than `most`."""
        if self.holders[self.client] + units > self.most:
            raise ShareUsed
        Claim.take(self, units)
        self.holders[self.client] += units

    def __exit__(self, *details: object) -> None:
        if self.held:
            self.holders[self.client] -= self.held
            if not self.holders[self.client]:
                del self.holders[self.client]
        Claim.__exit__(self, *details)
