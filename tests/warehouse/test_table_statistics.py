"""Every table has statistics, and the rows that made them are gone."""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.connection import ALIAS, Location, connect, create
from warehouse.table_statistics import add_blank_rows
from warehouse.tables import tables


def with_statistics(connection: duckdb.DuckDBPyConnection) -> set[str]:
    metadata = f"__ducklake_metadata_{ALIAS}"
    found = connection.execute(
        f"SELECT table_name FROM {metadata}.ducklake_table "
        f"JOIN {metadata}.ducklake_table_stats USING (table_id) WHERE end_snapshot IS NULL"
    ).fetchall()
    return {str(name) for (name,) in found}


def counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The rows of each table."""
    found = {}
    for name in tables():
        ((found[name],),) = connection.execute(f"SELECT count(*) FROM {name}").fetchall()
    return found


def test_a_new_warehouse_has_statistics_of_every_table_and_no_row(tmp_path: Path) -> None:
    with connect(Location.under(tmp_path)) as connection:
        create(connection)
        assert tables().keys() <= with_statistics(connection)
        assert set(counts(connection).values()) - {0} == {1}
        assert [name for name, rows in counts(connection).items() if rows] == ["landing_fence"]


def test_an_upgrade_gives_them_to_empty_tables_and_keeps_all_rows(tmp_path: Path) -> None:
    with connect(Location.under(tmp_path)) as connection:
        create(connection)
        connection.execute("INSERT INTO statuses (message_id) VALUES ('A'), ('B')")
        connection.execute("DROP TABLE errors")
        connection.execute("UPDATE warehouse_version SET digest = 'former'")
        create(connection)
        assert tables().keys() <= with_statistics(connection)
        assert counts(connection)["statuses"] == 2
        assert counts(connection)["errors"] == 0


def test_rows_that_a_killed_start_left_are_removed(tmp_path: Path) -> None:
    with connect(Location.under(tmp_path)) as connection:
        create(connection)
        connection.execute("DROP TABLE errors")
        columns = ", ".join(f'"{name}" {kind}' for name, kind in tables()["errors"].items())
        connection.execute(f"CREATE TABLE errors ({columns})")
        add_blank_rows(connection, ALIAS)
        assert counts(connection)["errors"] == 1
        connection.execute("UPDATE warehouse_version SET digest = 'former'")
        create(connection)
        assert counts(connection)["errors"] == 0


def test_the_greatest_time_is_known_without_files(tmp_path: Path) -> None:
    location = Location.under(tmp_path)
    with connect(location) as connection:
        create(connection)
    with connect(location) as connection:
        connection.execute("INSERT INTO errors (received_at) VALUES ('2026-11-27 10:00:00+00')")
        newest = connection.execute("SELECT status_at, received_at FROM freshness").fetchall()
        for file in (tmp_path / "files").rglob("errors/*.parquet"):
            file.unlink()
        assert (
            connection.execute("SELECT status_at, received_at FROM freshness").fetchall() == newest
        )
        assert newest[0][1] is not None
