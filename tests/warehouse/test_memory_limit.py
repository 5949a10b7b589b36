"""DuckDB's memory is limited by the setting or the machine; other data goes to disk."""

from __future__ import annotations

import os
import time
from pathlib import Path

import duckdb
import pytest

from tests.support.lake import Lake, lake
from warehouse.connection import WarehouseError, connect
from warehouse.memory_limit import (
    LEAST_BYTES,
    STALE_SECONDS,
    VARIABLE,
    BadMemoryLimit,
    memory_limit,
    remove_stale_spills,
    size,
)

__all__ = ["lake"]

# Sorting these takes about 160 MB.
LARGE = "SELECT sum(r) FROM (SELECT r FROM range(10_000_000) t(r) ORDER BY hash(r) LIMIT 9_999_999)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("512MB", 512 * 1024**2),
        ("1.5 GiB", 1536 * 1024**2),
        ("100 bytes", 100),
        ("2gb", 2 * 1024**3),
    ],
)
def test_sizes_as_people_write_them(text: str, expected: int) -> None:
    assert size(text) == expected


@pytest.mark.parametrize("text", ["lots", "512", "-1GB", "1 TBB", ""])
def test_what_is_not_a_size_is_refused(text: str) -> None:
    with pytest.raises(BadMemoryLimit, match=VARIABLE):
        size(text)


def test_without_the_setting_it_is_a_share_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with duckdb.connect() as connection:
        limit = memory_limit(connection)
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert LEAST_BYTES <= limit <= max(LEAST_BYTES, physical * 0.16)


def test_a_wrong_setting_is_explained(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "lots")
    with pytest.raises(WarehouseError, match="512MB"):
        connect(lake.location, read_only=True)


def test_what_does_not_fit_is_in_the_data_folder_until_the_connection_closes(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "100MB")
    spills = Path(lake.location.data_path).parent / "spill"
    with connect(lake.location, read_only=True, threads=1) as connection:
        assert connection.execute(LARGE).fetchall()
        assert [folder.stat().st_mode & 0o077 for folder in (spills,)] == [0]
    assert list(spills.iterdir()) == []


def test_what_a_killed_process_left_is_removed_after_a_day(tmp_path: Path) -> None:
    old, new = tmp_path / "spill" / "old", tmp_path / "spill" / "new"
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "rows.tmp").touch()
    before = time.time() - STALE_SECONDS - 60
    os.utime(old, (before, before))
    remove_stale_spills(tmp_path)
    assert list((tmp_path / "spill").iterdir()) == [new]
