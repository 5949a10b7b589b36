"""The views people query: one SQL file each, installed in this order."""

from __future__ import annotations

from importlib import resources

# A view stands after those it reads.
VIEWS: tuple[str, ...] = (
    "outcomes",
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
    """The statement that creates (or replaces) one of VIEWS."""
    return resources.files(__name__).joinpath(f"{name}.sql").read_text("utf-8")
