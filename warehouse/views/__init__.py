"""The views people query: one SQL file each, installed in this order.

`parts` has the SQL that several of them share, or that the table `rollups` shares with them. A
part stands in another text as its name in braces.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from warehouse import metrics

# A view stands after those it reads.
VIEWS: tuple[str, ...] = (
    "outcomes",
    "failed_messages",
    "outcome_counts",
    "outcome_waits",
    "campaign_counts",
    "delivery",
    "failures",
    "conversations",
    "billing",
    "costs",
    "dimensions",
    "campaign_dimensions",
    "freshness",
    "dead_letter_counts",
    "error_advice",
    "message_events",
    "send_outcomes",
    "unreported",
)
# The tables that `message_facts` reads.
TABLES = {name: name for name in ("statuses", "account_events", "markets", "campaigns")}
# What it is filled with: the tables, and whether any status may be of a group.
FILLING = TABLES | {"groups": "true"}

# The beginning of the range in a macro.
SINCE = "since::TIMESTAMPTZ"


def view_sql(name: str) -> str:
    """The statements that create (or replace) one of VIEWS.

    Most views have a table macro of the same name that reads only a range of time:
    `FROM outcomes` and `FROM outcomes(since, until)`.
    """
    return filled(
        _text(f"{name}.sql"),
        message_facts=filled(part("message_facts"), **FILLING),
        failed_facts=filled(part("message_facts"), **FILLING | {"statuses": "candidates"}),
        with_category=part("with_category"),
        campaign_look_up=part("campaign_look_up"),
        look_ups=part("look_ups"),
        join_steps=filled(part("join_steps"), step="step", first=SINCE),
        join_days=filled(part("join_steps"), step="INTERVAL 1 DAY", first=SINCE),
        join_days_of_months=filled(
            part("join_steps"), step="INTERVAL 1 DAY", first=f"date_trunc('month', {SINCE})"
        ),
        # After those, which have it too: both limits, at most a hundred days apart.
        short=part("short_range"),
        outcome_by_age=part("outcome_by_age"),
        # After outcome_by_age, which has it too.
        open_since=part("open_since"),
        metrics=metrics.columns("outcome_counts"),
    )


def part(name: str) -> str:
    """The SQL of one part."""
    return _text("parts", f"{name}.sql")


def filled(text: str, **values: str) -> str:
    """The text with each name in braces replaced by its value."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


@cache  # each of them is asked for many times when a warehouse is opened
def _text(*path: str) -> str:
    return resources.files(__name__).joinpath(*path).read_text("utf-8").strip()
