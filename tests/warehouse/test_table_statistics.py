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


def test_a_column_that_is_null_in_a_whole_row_group_is_read_completely(tmp_path: Path) -> None:
    """DuckLake knows neither the least nor the greatest value of such a file."""
    location = Location.under(tmp_path)
    with connect(location) as connection:
        create(connection)
        connection.execute(
            "INSERT INTO statuses BY NAME SELECT "
            "CASE WHEN i >= 30000 THEN i END AS error_code, "
            "CASE WHEN i >= 30000 THEN 'code ' || i END AS error_title, "
            "CASE WHEN i >= 30000 THEN i % 2 = 0 END AS billable "
            "FROM range(60000) rows (i)"
        )
        connection.execute(
            "INSERT INTO statuses BY NAME "
            "SELECT 7 AS error_code, 'a' AS error_title, false AS billable"
        )
    with connect(location, read_only=True) as connection:
        for where, rows in (
            ("error_code = 40000", 1),
            ("error_code > 100", 30_000),
            ("error_title = 'code 40000'", 1),
            ("billable", 15_000),
        ):
            found = connection.execute(f"SELECT count(*) FROM statuses WHERE {where}").fetchall()
            assert found == [(rows,)], where
        (greatest,) = connection.execute(
            "SELECT error_code, count(*) FROM statuses "
            "GROUP BY ALL ORDER BY error_code DESC NULLS LAST LIMIT 1"
        ).fetchall()
        assert greatest == (59_999, 1)
