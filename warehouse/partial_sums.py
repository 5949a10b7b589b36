"""Sums of many parts, which are summed up again before they take much space."""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.sql_literal import literal

# Rows are summed up when there are so many more than after the last time. Messages of the same time
# are in all parts, so the rows of hundreds of parts would take hundreds of times the space.
MORE_ROWS = 5_000_000


class PartialSums:
    """Rows with sums, in files of `folder`; without one, in a temporary table."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, folder: Path | None, columns: str, groups: str
    ) -> None:
        """`columns` and `groups` sum up rows: what follows SELECT, and what follows FROM."""
        self._connection = connection
        self._folder = folder
        self._summed = f"SELECT {columns} FROM ({{rows}}) {groups}"
        self._files: list[Path] = []
        self._made = self._rows = self._after = 0
        if folder is None:
            connection.execute("CREATE OR REPLACE TEMP TABLE partial_sums AS FROM rollups LIMIT 0")

    @property
    def query(self) -> str:
        """The query for all rows; those of the same group may stand in it several times."""
        if self._folder is None:
            return "FROM partial_sums"
        return f"FROM read_parquet([{', '.join(literal(str(file)) for file in self._files)}])"

    def add(self, rows: str) -> None:
        """Adds the rows of a query."""
        if self._folder is None:
            self._connection.execute(
                f"INSERT INTO partial_sums BY NAME {self._summed.format(rows=rows)}"
            )
            return
        self._write(self._folder, rows)
        if self._rows > 2 * self._after + MORE_ROWS:
            older, rows = self._files, self.query
            self._files, self._rows = [], 0
            self._write(self._folder, rows)
            self._after = self._rows
            for file in older:
                file.unlink()

    def drop(self) -> None:
        """Drops the temporary table; files go with their folder."""
        if self._folder is None:
            self._connection.execute("DROP TABLE partial_sums")

    def _write(self, folder: Path, rows: str) -> None:
        file = folder / f"sums-{self._made}.parquet"
        self._made += 1
        ((count,),) = self._connection.execute(
            f"COPY ({self._summed.format(rows=rows)}) TO {literal(str(file))} (FORMAT parquet)"
        ).fetchall()
        self._files.append(file)
        self._rows += count
