"""DuckDB has the threads that it had after a block with one."""

from __future__ import annotations

import duckdb
import pytest

from warehouse.threads import one_thread


def _threads(connection: duckdb.DuckDBPyConnection) -> int:
    ((count,),) = connection.execute("SELECT current_setting('threads')").fetchall()
    return int(count)


def test_one_thread_works_within_the_block_only() -> None:
    with duckdb.connect(config={"threads": 3}) as connection:
        with one_thread(connection):
            assert _threads(connection) == 1
        assert _threads(connection) == 3


def test_an_error_in_the_block_stays_what_it_is() -> None:
    with duckdb.connect(config={"threads": 3}) as connection:
        with pytest.raises(ValueError, match="of the block"), one_thread(connection):
            raise ValueError("of the block")
        assert _threads(connection) == 3
    connection = duckdb.connect()

    def close_and_fail() -> None:
        connection.close()
        raise ValueError("of the block")

    with pytest.raises(ValueError, match="of the block"), one_thread(connection):
        close_and_fail()
