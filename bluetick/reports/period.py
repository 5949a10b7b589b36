"""Which day or week a report is of, and when it is due. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from settings.reports import Report
from settings.time_zones import clock, midnight, moment

ONE = timedelta(days=1)
DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days by the clock of a zone: from `since` to before `until`. `due`: when its report is
    to be sent. These three are in UTC."""

    first: date
    last: date
    since: datetime
    until: datetime
    due: datetime

    @property
    def key(self) -> str:
        """Tells the periods of one report apart."""
        return self.first.isoformat()


def newest(report: Report, now: datetime) -> Period:
    """The newest period whose report is due.

    A time that a change of the clock leaves out comes as much later, and of one that comes twice,
    the first counts: each period is due once.
    """
    day = clock(now, report.zone).date()
    while not _sent_on(day, report) or _due(day, report) > now:
        day -= ONE
    first = day - DAYS[report.every] * ONE
    since, until = (midnight(each, report.zone) for each in (first, day))
    return Period(first, day - ONE, since, until, _due(day, report))


def _sent_on(day: date, report: Report) -> bool:
    return report.every == "day" or day.weekday() == 0


def _due(day: date, report: Report) -> datetime:
    return moment(datetime.combine(day, report.at), report.zone)
