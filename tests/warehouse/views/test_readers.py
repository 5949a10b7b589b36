"""Views for other readers: read-only, and with any name for the attached warehouse."""

from __future__ import annotations

from pathlib import Path

from tests.support.views import Views, status
from warehouse.connection import Location, connect, create
from warehouse.views import VIEWS, view_sql


def test_a_reader_sees_the_views_without_using_the_catalog(tmp_path: Path) -> None:
    location = Location.under(tmp_path)
    with connect(location) as connection:
        create(connection)
        Views(connection).add(*(status("read", message_id=f"{n}") for n in range(60)))
    with connect(location, read_only=True) as connection:
        connection.execute("USE memory")
        connection.execute("DETACH bluetick")
        options = f"DATA_PATH '{location.data_path}', READ_ONLY"
        connection.execute(f"ATTACH '{location.catalog}' AS warehouse ({options})")
        connection.execute("CREATE TABLE statuses (nothing INTEGER)")
        for view in VIEWS:
            connection.execute(f"SELECT * FROM warehouse.{view}").fetchall()
        (row,) = connection.execute("SELECT sum(delivered)::INT FROM warehouse.delivery").fetchall()
    assert row == (60,)


def test_views_name_no_catalog() -> None:
    for view in VIEWS:
        assert "bluetick." not in view_sql(view)
