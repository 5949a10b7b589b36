"""The part of the traffic that a page shows: a time range and filters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from settings import time_zones

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
INSTANT = timedelta(microseconds=1)
# How often pages refresh.
EVERY = timedelta(seconds=5)
# Possible widths of a chart's bars, counted by the clock from ORIGIN, a Monday.
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
    zone: str = "UTC"  # in which days begin at midnight, and in which times are shown

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
    """A choice at one moment: from `since` to before `until`, both UTC.

    Days and bars are those of the clocks of the zone. So a day of 23 or 25 hours is one day, and an
    hour that comes twice is one bar.
    """

    since: datetime
    until: datetime
    step: timedelta
    choice: Choice = Choice()
    # The part of the range after this moment is still empty.
    now: datetime = NEVER_ENDING

    @property
    def zone(self) -> str:
        return self.choice.zone

    def clock(self, moment: datetime) -> datetime:
        """What the clocks show at a moment; without a zone, as times in frames."""
        return time_zones.clock(moment, self.zone)

    def local(self, moment: datetime) -> datetime:
        """A moment as it is shown, with the zone."""
        return moment.astimezone(ZoneInfo(self.zone))

    def moment(self, shown: datetime) -> datetime:
        """The moment (UTC) at which the clocks show this."""
        return time_zones.moment(shown, self.zone)

    @property
    def before(self) -> datetime:
        """Start of the period before, which is as long as the past part of this one.

        By the clock if that is a day or more. The start of a minute or, if it may be older than two
        days, of a quarter of an hour: the sums of messages are not finer.
        """
        past = self._length(max(min(self.until, self.now), self.since))
        start = self.since - past if past < DAY else self.moment(self.clock(self.since) - past)
        return floor(start, MINUTE if past <= HOUR else 15 * MINUTE)

    @property
    def shift(self) -> timedelta:
        """How long before, by the clock, a period of the same length begins; in whole bars."""
        return -(-self._length(self.until) // self.step) * self.step

    @property
    def shifted(self) -> tuple[datetime, datetime]:
        """That period: from the first moment to before the second."""
        since, until = (self.moment(self.clock(at) - self.shift) for at in (self.since, self.until))
        return since, until

    def _length(self, end: datetime) -> timedelta:
        """How long the range is until `end`: by the clock if that is a day or more."""
        shown = self.clock(end) - self.clock(self.since)
        return end - self.since if shown < DAY else shown

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
        return self.clock(self.since).date()

    @property
    def last_day(self) -> date:
        """The day of the last moment in the range."""
        return self.clock(self.until - INSTANT).date()

    @property
    def midnights(self) -> tuple[datetime, datetime]:
        """The range of whole days: from the first midnight to before the second."""
        return _days(self.first_day, self.last_day, self.zone)

    def bars(self, step: timedelta) -> tuple[datetime, datetime]:
        """The starts of the first and the last bar by the clock, if bars are `step` wide."""
        first, last = (floor(self.clock(at), step) for at in (self.since, self.until - INSTANT))
        return first, last

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
        first, last = choice.days
        since, until = _days(first, last, choice.zone)
        return Selection(since, until, step_of(last - first + DAY), choice, due)
    length = PRESETS.get(choice.preset, DAY)
    step = step_of(length)
    shown = time_zones.clock(now, choice.zone)
    start = floor(shown, step)
    if step > HOUR:
        since = time_zones.moment(start + step - length, choice.zone)
    else:  # as long as its name says, also on the day of a change
        since = now - (shown - start) + step - length
    return Selection(since, due, step, choice, due)


def _days(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    return time_zones.midnight(first, zone), time_zones.midnight(last + DAY, zone)


def step_of(length: timedelta) -> timedelta:
    """The narrowest bar width that gives at most BARS bars."""
    return next((step for step in STEPS if length / step <= BARS), STEPS[-1])


def floor(moment: datetime, step: timedelta) -> datetime:
    """The start of the bar that `moment` is in, which is UTC or by the clock, without a zone."""
    origin = ORIGIN.replace(tzinfo=moment.tzinfo)
    return origin + (moment - origin) // step * step
