"""The metrics of `metrics.sql`: what is measured, with title, unit, denominator and help."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from typing import Literal, cast

import pyarrow as pa

Unit = Literal["messages", "conversations", "records", "share"]

_FIELD = re.compile(r"\b(metric|title|unit|from|of|help): ")


@dataclass(frozen=True, slots=True)
class Metric:
    """A number of messages (or of other things), or a share of them.

    `sql` is an aggregate over the rows of the view `relation`. The `sql` of a share (0 to 1) is
    `part / of`, where `part` and `of` are other metrics of that view.
    """

    name: str
    title: str
    unit: Unit
    relation: str
    of: str | None  # the denominator: the metric that this one is a part of
    help: str
    sql: str

    @property
    def part(self) -> str:
        """The metric that is divided: the numerator of a share, otherwise the metric itself."""
        return self.sql.partition(" / ")[0] if self.unit == "share" else self.name


def _parsed(block: str) -> Metric:
    lines = block.strip().split("\n")
    about = " ".join(line.removeprefix("--").strip() for line in lines if line.startswith("--"))
    found = _FIELD.split(about)[1:]
    fields = {name: text.strip() for name, text in zip(found[::2], found[1::2], strict=True)}
    return Metric(
        name=fields["metric"],
        title=fields["title"],
        unit=cast(Unit, fields["unit"]),
        relation=fields["from"],
        of=fields.get("of"),
        help=fields["help"],
        sql=" ".join(line for line in lines if not line.startswith("--")),
    )


def _all() -> dict[str, Metric]:
    text = resources.files("warehouse").joinpath("metrics.sql").read_text("utf-8")
    _, *blocks = text.split("\n\n")
    return {metric.name: metric for metric in map(_parsed, blocks)}


METRICS: dict[str, Metric] = _all()


def counts(relation: str) -> dict[str, str]:
    """The SQL of each metric of a view that is not a share."""
    return {
        name: metric.sql
        for name, metric in METRICS.items()
        if metric.relation == relation and metric.unit != "share"
    }


def columns(relation: str) -> str:
    """All metrics of a view as columns of a SELECT."""
    return ",\n    ".join(
        f"{_expression(metric)} AS {metric.name}"
        for metric in METRICS.values()
        if metric.relation == relation
    )


def _expression(metric: Metric) -> str:
    # Written out: in a SELECT, a name means a column of the view before it means an alias.
    if metric.unit == "share" and metric.of:
        return f"{METRICS[metric.part].sql} / {METRICS[metric.of].sql}"
    return metric.sql


def table() -> pa.Table:
    """All metrics as rows: the table `metrics` of the warehouse."""
    names = ("name", "title", "unit", "relation", "of", "help", "sql")
    return pa.Table.from_pylist(
        [{name: getattr(metric, name) for name in names} for metric in METRICS.values()],
        schema=pa.schema([(name, pa.string()) for name in names]),
    )
