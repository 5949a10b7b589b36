"""The warehouse's pages describe every table, view and column there is, and none that is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from consumer.tables import POSITION
from consumer.views import VIEWS
from consumer.warehouse import Location, connect, create
from schemas.topics import LANDED, columns_of

DOCS = Path(__file__).parents[2] / "docs"
SHARED = "Every landed row"
ROW = re.compile(r"^\| `([a-z_]+)` \| ([A-Z ]+) \| .*\S.* \|$", re.MULTILINE)

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
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Columns]:
    """Columns and types of every table and view of a new warehouse."""
    location = Location.under(tmp_path_factory.mktemp("warehouse"))
    with connect(location) as connection:
        create(connection)
        names = [str(row[0]) for row in connection.execute("SHOW TABLES").fetchall()]
        return {
            name: {row[0]: row[1] for row in connection.execute(f"DESCRIBE {name}").fetchall()}
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


def test_the_columns_of_landed_rows_are_those_of_their_schemas() -> None:
    page = documented()
    for topic in LANDED:
        assert topic.table
        expected = {*columns_of(topic), *POSITION}
        assert set(page[SHARED]) | set(page[topic.table]) == expected
