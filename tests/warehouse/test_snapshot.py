"""A snapshot shows one moment, and ends its transaction before it closes."""

from __future__ import annotations

import duckdb
import pytest

from tests.support.lake import Lake, lake
from warehouse.snapshot import snapshot

__all__ = ["lake"]

COUNT = "SELECT count(*) FROM errors"


def test_what_lands_meanwhile_is_not_seen(lake: Lake) -> None:
    with snapshot(lake.location) as connection:
        before = connection.execute(COUNT).fetchall()
        lake.connection.execute("INSERT INTO errors (source) VALUES ('s')")
        assert connection.execute(COUNT).fetchall() == before == [(0,)]
    with snapshot(lake.location) as connection:
        assert connection.execute(COUNT).fetchall() == [(1,)]


def test_it_is_closed_after_an_error(lake: Lake) -> None:
    with pytest.raises(ZeroDivisionError), snapshot(lake.location) as connection:
        raise ZeroDivisionError
    with pytest.raises(duckdb.ConnectionException):
        connection.execute("SELECT 1")
