"""The folder of a warehouse: created, opened again, moved, and refused with a reason."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from schemas.topics import STATUSES
from tests.support.lake import Lake
from warehouse.attachment import extension_file, extensions
from warehouse.connection import (
    FORMAT,
    Location,
    NewerWarehouse,
    WarehouseError,
    connect,
    create,
    is_current,
    settle,
)
from warehouse.renewal import Warehouse
from warehouse.tables import tables

COUNT = "SELECT count(*) FROM statuses"


def filled(folder: Path) -> Location:
    """A warehouse with three statuses, closed."""
    lake = Lake(folder)
    lake.land_events(STATUSES, *({"message_id": f"wamid.{n}"} for n in range(3)))
    lake.connection.close()
    return lake.location


def stored_path(location: Location) -> str:
    """The path of the files in the catalog."""
    with connect(location, read_only=True) as connection:
        found = connection.execute(
            "SELECT value FROM __ducklake_metadata_bluetick.ducklake_metadata "
            "WHERE key = 'data_path'"
        ).fetchone()
    assert found
    return str(found[0])


def test_the_sums_are_in_large_groups_and_the_events_in_small_ones(tmp_path: Path) -> None:
    groups = {}
    with connect(Location.under(tmp_path), threads=1) as connection:
        create(connection)
        for table, column in (("rollups", "messages"), ("statuses", '"offset"')):
            connection.execute(
                f"INSERT INTO {table} ({column}) SELECT number FROM range(50_000) AS rows(number)"
            )
            (file,) = connection.execute(
                f"SELECT data_file FROM ducklake_list_files('bluetick', '{table}')"
            ).fetchall()[0]
            groups[table] = connection.execute(
                f"SELECT num_row_groups FROM parquet_file_metadata('{file}')"
            ).fetchall()
    assert groups == {"rollups": [(1,)], "statuses": [(3,)]}


def test_a_new_one_has_every_table_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    location = Location.under(tmp_path / "data")
    with connect(location) as connection:
        create(connection)
        assert is_current(connection)
        found = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
    assert tables().keys() <= found
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_new_columns_are_added_to_existing_tables(tmp_path: Path) -> None:
    location = filled(tmp_path)
    with connect(location) as connection:
        connection.execute("ALTER TABLE statuses DROP COLUMN callback_data")
        connection.execute("UPDATE warehouse_version SET digest = 'former'")
        assert not is_current(connection)
        create(connection)
        assert is_current(connection)
        assert connection.execute("SELECT count(*), any_value(callback_data) FROM statuses")
        assert connection.execute(COUNT).fetchall() == [(3,)]


@pytest.mark.parametrize("move", [shutil.move, shutil.copytree])
def test_it_can_be_moved_and_restored_elsewhere(tmp_path: Path, move: object) -> None:
    before = filled(tmp_path / "before")
    assert callable(move)
    move(tmp_path / "before", tmp_path / "after")
    if (tmp_path / "before").exists():  # the files at the former place must not be read
        shutil.rmtree(tmp_path / "before" / "files")
    after = Location.under(tmp_path / "after")
    with connect(after, read_only=True) as connection:
        assert connection.execute(COUNT).fetchall() == [(3,)]
    assert stored_path(after) == before.data_path
    for _ in range(2):
        with connect(after) as connection:
            settle(connection, after)
    assert stored_path(after) == after.data_path


def test_what_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match=r"no warehouse at .* start `bluetick up`"):
        connect(Location.under(tmp_path / "nowhere"), read_only=True)
    (tmp_path / "warehouse.sqlite").write_bytes(
        b"this is not a database, but long enough to be one"
    )
    with pytest.raises(WarehouseError, match="cannot open the warehouse"):
        connect(Location.under(tmp_path), read_only=True)


def test_a_format_of_a_later_version_is_refused_also_while_it_is_open(tmp_path: Path) -> None:
    location = filled(tmp_path)
    with Warehouse(lambda: connect(location), location, every=0) as running:
        running.renew_if_due()
        running.connection.execute(f"UPDATE warehouse_version SET format = {FORMAT + 1}")
        for read_only in (True, False):
            with pytest.raises(NewerWarehouse, match="install the version that wrote it") as raised:
                connect(location, read_only=read_only)
            assert "bluetick restore" in str(raised.value)
        with pytest.raises(NewerWarehouse):
            running.renew_if_due()


def test_readers_cannot_write(tmp_path: Path) -> None:
    location = filled(tmp_path)
    with (
        connect(location, read_only=True) as connection,
        pytest.raises(duckdb.Error, match="read-only"),
    ):
        connection.execute("DELETE FROM statuses")


def test_its_extensions_are_signed_and_no_others_can_be_loaded(tmp_path: Path) -> None:
    names = sorted(extensions(Location.under(tmp_path)) | {"httpfs", "postgres_scanner"})
    files = {name: extension_file(name) for name in names}
    with duckdb.connect() as strict:  # it checks signatures
        for file in files.values():
            strict.execute(f"LOAD '{file}'")

    changed = tmp_path / files["httpfs"].name
    changed.write_bytes(files["httpfs"].read_bytes()[:-1] + b"\0")
    with connect(filled(tmp_path)) as connection, pytest.raises(duckdb.Error, match="signature"):
        connection.execute(f"LOAD '{changed}'")


def test_a_process_that_only_reads_loads_no_polars() -> None:
    # It needs 30 MB, and takes over Ctrl-C.
    code = "import sys, warehouse.connection; sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
