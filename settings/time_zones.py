"""Time zones: their names in the configuration, and what their clocks show."""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator

# In some systems' lists, though it means another zone on each machine, or none.
NO_PLACES = ("Factory", "localtime")


@functools.cache
def names() -> tuple[str, ...]:
    """All names in order, such as Asia/Kolkata and UTC."""
    return tuple(sorted(available_timezones().difference(NO_PLACES)))


def zone(name: str) -> str:
    """The name, if there is such a time zone. Raises ValueError."""
    if name not in names():
        raise ValueError("is not a known time zone: write one such as Europe/Berlin")
    return name


Zone = Annotated[str, AfterValidator(zone)]


def clock(moment: datetime, zone: str) -> datetime:
    """What the clocks of a zone show at a moment; without a zone."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def moment(shown: datetime, zone: str) -> datetime:
    """The moment (UTC) at which the clocks of a zone show this.

    A time that a change of the clocks leaves out comes as much later; of one that comes twice, the
    first counts unless `fold` says otherwise.
    """
    return shown.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def midnight(day: date, zone: str) -> datetime:
    """The moment (UTC) at which a day begins."""
    return moment(datetime.combine(day, time()), zone)
