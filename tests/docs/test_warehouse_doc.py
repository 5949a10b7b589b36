"""The warehouse's pages describe every table, view and column, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from schemas.topics import LANDED, columns_of
from warehouse.connection import ALIAS, Location, connect, create
from warehouse.metrics import METRICS
from warehouse.tables import POSITION
from warehouse.views import VIEWS

DOCS = Path(__file__).parents[2] / "docs"
SHARED = "Every landed row"
ROW = re.compile(r"^\| `([a-z_]+)` \| ([A-Z0-9(), ]+) \| .*\S.* \|$", re.MULTILINE)

Columns = dict[str, str]


def documented() -> dict[str, Columns]:
    """Columns and types by heading, for headings with a table of columns."""
    found = {}
    for page in ("warehouse.md", "tables.md"):
        text = (DOCS / page).read_text("utf-8")
        for section in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
            heading, _, below = section.partition("\n")
            found[heading] = dict(ROW.findall(below))
    return found


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A new warehouse."""
    with connect(Location.under(tmp_path_factory.mktemp("warehouse"))) as connection:
        create(connection)
        yield connection


@pytest.fixture(scope="module")
def described(warehouse: duckdb.DuckDBPyConnection) -> dict[str, Columns]:
    """Columns and types of every table and view."""
    names = [str(row[0]) for row in warehouse.execute("SHOW TABLES").fetchall()]
    return {
        name: {row[0]: row[1] for row in warehouse.execute(f"DESCRIBE {name}").fetchall()}
        for name in names
    }


def test_every_table_and_view_is_described(described: dict[str, Columns]) -> None:
    assert set(VIEWS) <= set(described)
    assert set(documented()) - {SHARED} == set(described)


def test_every_column_is_described_with_its_type(described: dict[str, Columns]) -> None:
    page = documented()
    landed = {topic.table for topic in LANDED}
    for name, columns in described.items():
        on_page = page[SHARED] | page[name] if name in landed else page[name]
        assert {column: on_page.get(column) for column in columns} == _spelt(columns), name
        assert set(on_page) == set(columns), name


def _spelt(columns: Columns) -> Columns:
    """TIMESTAMPTZ is what people write for the longer name."""
    return {
        name: kind.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
        for name, kind in columns.items()
    }


SQL = re.compile(r"^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = [
    example
    for page in ("warehouse.md", "tables.md")
    for example in SQL.findall((DOCS / page).read_text("utf-8"))
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs(warehouse: duckdb.DuckDBPyConnection, example: str) -> None:
    warehouse.execute(example)


def test_the_views_with_a_range_of_time_are_listed(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    (listed,) = re.findall(
        r"^\| view \| what is limited \|\n(.*?)\n\n",
        (DOCS / "warehouse.md").read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    named = {
        (name, parameters)
        for row in listed.splitlines()
        for name, parameters in re.findall(r"`([a-z_]+)\(([a-z, ]+)\)`", row)
    }
    found = warehouse.execute(
        "SELECT function_name, list_aggregate(parameters, 'string_agg', ', ') "
        "FROM duckdb_functions() WHERE database_name = ? AND function_type = 'table_macro'",
        [ALIAS],
    ).fetchall()
    assert named == set(found)


METRIC = re.compile(r"^\| `([a-z_]+)` \| (.+) \| (\w+) \| `([a-z_]+)` \| (.*) \| (.+) \|$", re.M)


def test_the_table_of_metrics_is_complete_and_exact() -> None:
    text = (DOCS / "warehouse.md").read_text("utf-8")
    assert METRIC.findall(text.partition("\n## Metrics\n")[2].partition("\n## ")[0]) == [
        (m.name, m.title, m.unit, m.relation, f"`{m.of}`" if m.of else "", m.help)
        for m in METRICS.values()
    ]


def test_the_columns_of_landed_rows_are_those_of_their_schemas() -> None:
    page = documented()
    for topic in LANDED:
        assert topic.table
        expected = {*columns_of(topic), *POSITION}
        assert set(page[SHARED]) | set(page[topic.table]) == expected
