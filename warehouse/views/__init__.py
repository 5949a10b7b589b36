"""The views people query: one SQL file each, installed in this order."""

from __future__ import annotations

from importlib import resources

from warehouse import metrics

# A view stands after those it reads.
VIEWS: tuple[str, ...] = (
    "outcomes",
    "outcome_counts",
    "delivery",
    "failures",
    "conversations",
    "billing",
    "dimensions",
    "freshness",
    "dead_letter_counts",
    "error_advice",
)


def view_sql(name: str) -> str:
    """The statements that create (or replace) one of VIEWS.

    Most views have a table macro of the same name that reads only a range of time:
    `FROM outcomes` and `FROM outcomes(since, until)`.
    """
    text = resources.files(__name__).joinpath(f"{name}.sql").read_text("utf-8")
    return text.replace("{metrics}", metrics.columns("outcome_counts"))
