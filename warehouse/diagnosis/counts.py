"""Numbers of messages of now and of the same hours before: all that a diagnosis reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa

DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
# A period has so many slots: quarters of an hour if it is a day.
SLOTS = 96
# The windows that are looked at, in slots back from the end. Of former periods, only the sums
# between these limits are kept, each at its first slot.
WINDOWS = (4, 8, 12, 24, 48, SLOTS)
# At most this many periods before are compared.
PERIODS = 14
# An age such as 24h is subtracted from the clock a little before the diagnosis begins.
GRACE = timedelta(minutes=1)
DIMENSIONS = ("source", "number", "campaign", "market")


@dataclass(frozen=True, slots=True)
class Counts:
    """What is known at `now`. Period 0 ends at `end`, and period 1 ends where period 0 begins.

    `messages` has the columns period, slot, source, number, campaign, market, kind (`ok`, `open` or
    `failed`), error_code, error_family, error_title, messages. `waits` has period, slot, source,
    number, seconds (from sent to delivered), messages, and late: how many of them were delivered
    after the moment of their period that `now` is of period 0.
    """

    now: datetime
    end: datetime
    since: datetime
    period: timedelta
    messages: pa.Table
    waits: pa.Table

    @property
    def slot(self) -> timedelta:
        return self.period / SLOTS

    @property
    def windows(self) -> tuple[int, ...]:
        """The windows to look at, in slots; the last one has `since`."""
        asked = -(-(self.end - self.since) // self.slot)
        first = next((slots for slots in WINDOWS if slots >= asked), SLOTS)
        return tuple(slots for slots in WINDOWS if slots <= first)

    def start_of(self, slot: int) -> datetime:
        """When a slot of period 0 begins."""
        return self.end - (slot + 1) * self.slot


def span(now: datetime, since: datetime) -> tuple[datetime, timedelta, int]:
    """The end and the length of the period that has `since`, and how many before are compared."""
    quarters = (now - datetime.min.replace(tzinfo=now.tzinfo)) // QUARTER + 1
    end = datetime.min.replace(tzinfo=now.tzinfo) + quarters * QUARTER
    days = max(-(-(now - since - GRACE) // DAY), 1)
    return end, days * DAY, max(PERIODS // days, 4)
