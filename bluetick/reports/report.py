"""The report of a period: as a message to send, or to print."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb
import orjson

from bluetick.alerts.state import Message
from bluetick.reports import words
from bluetick.reports.figures import read
from bluetick.reports.period import Period, newest
from settings.errors import BluetickError
from settings.reports import Report
from settings.visible_text import visible
from warehouse.connection import Location


class ReportError(BluetickError):
    """The report cannot be made; the message says why."""


def message(
    location: Location, report: Report, period: Period, now: datetime, to: tuple[str, ...]
) -> Message:
    """The report to send; its id is the same for each attempt. Raises as `figures.read`."""
    figures = read(location, period, now)
    return Message(
        id=f"report-{report.name}-{period.key}",
        event="report",
        rule=report.name,
        text=words.text(report, period, figures, now),
        since=period.since,
        at=now,
        details=words.as_json(period, figures),
        left=to,
    )


def printed(location: Location, report: Report, *, as_json: bool) -> Iterator[str]:
    """The lines of the report of the newest full period. Raises ReportError, WarehouseError."""
    now = datetime.now(UTC)
    try:
        found = message(location, report, newest(report, now), now, ())
    except duckdb.Error as error:
        raise ReportError(f"the warehouse cannot be read: {error}") from None
    if as_json:
        yield orjson.dumps(found.details, option=orjson.OPT_INDENT_2).decode()
    else:
        # Names come from webhooks: no control characters for a terminal.
        yield visible(found.text, keep="\n")
