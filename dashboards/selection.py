"""The part of the traffic that a page shows: a time range and filters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# How often pages refresh.
EVERY = timedelta(seconds=5)
# Possible widths of a chart's bars, counted from ORIGIN, a Monday.
STEPS = (
    *(n * MINUTE for n in (1, 5, 15, 30)),
    *(n * HOUR for n in (1, 3, 6)),
    DAY,
    7 * DAY,
    28 * DAY,
)
ORIGIN = datetime(2000, 1, 3, tzinfo=UTC)
BARS = 60

PRESETS = {"1h": HOUR, "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
CUSTOM = "custom"
NEVER_ENDING = datetime.max.replace(tzinfo=UTC)
LABELS = {
    "1h": "Last hour",
    "24h": "24 hours",
    "7d": "7 days",
    "30d": "30 days",
    CUSTOM: "Custom",
}


# The filters: names of a Choice.
FILTERS = ("accounts", "numbers", "markets", "campaigns", "categories", "codes", "sources")


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user chose; an empty filter matches everything."""

    preset: str = "24h"
    days: tuple[date, date] | None = None  # first and last day of a custom range, both included
    accounts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()  # dialect and error code: cloud-131026, or cloud-none
    sources: tuple[str, ...] = ()

    @property
    def filters(self) -> dict[str, tuple[str, ...]]:
        """The values of the filters that are set."""
        return {name: values for name in FILTERS if (values := getattr(self, name))}

    @property
    def by_campaign(self) -> bool:
        """Whether only the sums by campaign and market can answer."""
        return bool(self.markets or self.campaigns)


@dataclass(frozen=True, slots=True)
class Selection:
    """A choice at one moment: from `since` to before `until`, both UTC."""

    since: datetime
    until: datetime
    step: timedelta
    choice: Choice = Choice()
    # The part of the range after this moment is still empty.
    now: datetime = NEVER_ENDING

    @property
    def before(self) -> datetime:
        """Start of the period before, which is as long as the past part of this one.

        The start of a minute or, if it may be older than two days, of a quarter of an hour: the
        sums of messages are not finer.
        """
        past = max(min(self.until, self.now), self.since) - self.since
        return floor(self.since - past, MINUTE if past <= HOUR else 15 * MINUTE)

    @property
    def shift(self) -> timedelta:
        """How long before the range a period of the same length begins, in whole bars."""
        return -((self.since - self.until) // self.step) * self.step

    @property
    def as_of(self) -> datetime:
        """When the period before was as old as this one is now."""
        return self.now - (self.since - self.before)

    @property
    def day_step(self) -> timedelta:
        """The width of bars for values that are counted by day."""
        return max(self.step, DAY)

    @property
    def first_day(self) -> date:
        return self.since.date()

    @property
    def last_day(self) -> date:
        """The day of the last moment in the range."""
        return (self.until - timedelta(microseconds=1)).date()

    @property
    def midnights(self) -> tuple[datetime, datetime]:
        """The range of whole days (UTC): from the first midnight to before the second."""
        first, last = (
            datetime(day.year, day.month, day.day, tzinfo=UTC)
            for day in (self.first_day, self.last_day)
        )
        return first, last + DAY

    @property
    def filtered(self) -> bool:
        return bool(self.choice.filters)


def selection_at(choice: Choice, now: datetime) -> Selection:
    """The selection of a choice at `now` (UTC).

    A preset ends now and starts at the start of a bar, so that its first bar is complete.
    `until` is the time of the next refresh, so that all sessions until then share a selection.
    """
    due = floor(now, EVERY) + EVERY
    if choice.preset == CUSTOM and choice.days:
        first, last = (datetime(d.year, d.month, d.day, tzinfo=UTC) for d in choice.days)
        until = last + DAY
        return Selection(first, until, step_of(until - first), choice, due)
    length = PRESETS.get(choice.preset, DAY)
    step = step_of(length)
    return Selection(floor(now, step) + step - length, due, step, choice, due)


def step_of(length: timedelta) -> timedelta:
    """The narrowest bar width that gives at most BARS bars."""
    return next((step for step in STEPS if length / step <= BARS), STEPS[-1])


def floor(moment: datetime, step: timedelta) -> datetime:
    """The start of the bar that `moment` is in."""
    return ORIGIN + (moment - ORIGIN) // step * step
