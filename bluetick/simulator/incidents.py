"""Incidents of the simulated traffic: one in each quarter of a day, the same in every run. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Literal

from bluetick.simulator.payloads import NUMBERS, Failure, Item, Number

MINUTE, HOUR = 60, 3600
DAY = 24 * HOUR
SLOT = 6 * HOUR
Kind = Literal["paused template", "low quality", "outage", "unpaid"]
KINDS: tuple[Kind, ...] = ("paused template", "low quality", "outage", "unpaid")
# How many of the messages fail, of which categories (none: all), and why.
EFFECTS: dict[Kind, tuple[float, tuple[str, ...], Failure]] = {
    "paused template": (
        0.96,
        ("marketing",),
        (132015, "Template is Paused", "Template paused due to low quality.", 1),
    ),
    "low quality": (
        0.4,
        ("marketing",),
        (131049, "Message not delivered", "Not delivered to maintain healthy engagement.", 1),
    ),
    "outage": (0.2, (), (131016, "Service unavailable", "Service temporarily unavailable.", 1)),
    "unpaid": (
        0.6,
        ("marketing", "utility", "authentication"),
        (131042, "Business eligibility payment issue", "Payment issue.", 1),
    ),
}
OUTAGE_ERRORS_EVERY = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Incident:
    """Something wrong with a number's messages, from `start` to before `end` (s since 1970)."""

    kind: Kind
    number: Number
    start: int
    end: int

    def failure(self, rng: Random, category: str) -> Failure | None:
        """Why a message fails that is sent now; None if it does not fail by this incident."""
        share, categories, failure = EFFECTS[self.kind]
        hit = (not categories or category in categories) and rng.random() < share
        return failure if hit else None

    def delay(self, at: float) -> float:
        """Seconds for which a message of this moment waits before it is delivered."""
        return self.end - at if self.kind == "outage" else 0.0

    @property
    def reads(self) -> float:
        """How many of the usual readers read."""
        return 0.4 if self.kind == "low quality" else 1.0

    def announced(self) -> Iterator[tuple[int, str, Item]]:
        """What the platform says about it: time, field and value of each webhook."""
        template = {
            "message_template_id": 400000000000002,
            # The campaign of this day; see traffic.py.
            "message_template_name": f"{self.number.name}-marketing-{self.start // DAY % 5}",
            "message_template_language": "en_US",
        }
        number = {
            "display_phone_number": self.number.display_phone_number,
            "current_limit": "TIER_10K",
        }
        if self.kind == "paused template":
            for at, event, why in (
                (self.start, "PAUSED", "LOW_QUALITY"),
                (self.end, "REINSTATED", "NONE"),
            ):
                status = template | {"event": event, "reason": why}
                yield at, "message_template_status_update", status
        if self.kind == "low quality":
            for at, event, before, after in (
                (self.start, "FLAGGED", "GREEN", "RED"),
                (self.end, "UNFLAGGED", "RED", "GREEN"),
            ):
                scores = {"previous_quality_score": before, "new_quality_score": after}
                yield at, "message_template_quality_update", template | scores
                yield at, "phone_number_quality_update", number | {"event": event}
        if self.kind == "outage":
            for at in range(self.start, self.end, OUTAGE_ERRORS_EVERY):
                code, title, details, _ = EFFECTS[self.kind][2]
                # The error has no time: its details make it different from the next one.
                said = {"details": f"{details} Reference {at}."}
                error = {"code": code, "title": title, "message": title, "error_data": said}
                yield at, "messages", {"errors": [error]}


def of_slot(slot: int) -> Incident:
    """The incident of a quarter of a day, counted since 1970.

    A day has each kind, and the next day has it at other hours.
    """
    rng = Random(f"incident {slot}")
    kind = KINDS[(slot + slot // 4) % len(KINDS)]
    number = rng.choice(NUMBERS) if kind in ("outage", "unpaid") else NUMBERS[0]
    start = slot * SLOT + rng.randrange(HOUR, 3 * HOUR)
    return Incident(kind, number, start, start + rng.randrange(45 * MINUTE, 100 * MINUTE))


def active(number: Number, at: float) -> Incident | None:
    """The incident of a number at this moment (seconds since 1970); None if all is well."""
    found = of_slot(int(at) // SLOT)
    return found if found.number is number and found.start <= at < found.end else None


def ongoing_since(at: int) -> int:
    """When the incident of this moment began; the moment itself if there is none."""
    found = of_slot(at // SLOT)
    return found.start if found.start <= at < found.end else at
