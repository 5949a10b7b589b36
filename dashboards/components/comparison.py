"""What the figures of a page are compared with, in words."""

from __future__ import annotations

from dashboards.answers import LEAST_COMPARED, Before, Totals
from dashboards.components import formats
from dashboards.selection import Selection


def in_words(before: Before, now: Totals, selection: Selection) -> str:
    """The period before, or why nothing is compared with it."""
    start, end = map(selection.local, (selection.before, selection.since))
    period = formats.time_range(start, end)
    if before.comparable(now):
        return f"Compared with {period}, as it was when its messages were as old as these are now."
    if not before.timed:
        return "Not compared: how long messages took is not summed by campaign or market."
    if not before.covered:
        return f"Not compared: there is no data from before {formats.moment(start)}."
    return (
        f"Not compared: fewer than {LEAST_COMPARED} messages in this period, or in the period "
        f"before, {period}."
    )
