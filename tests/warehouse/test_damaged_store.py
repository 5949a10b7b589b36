"""A store that is damaged, in use or on a full disk: landing goes on, and the sums stay right."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from tests.support.lake import Lake
from tests.warehouse.test_recent_statuses import NOW_US, add, lake, outcomes, searches
from tests.warehouse.test_rollups import wrong
from warehouse.recent_statuses import RecentStatuses
from warehouse.rocksdb_store import StoreInUse

__all__ = ["lake", "searches"]


@pytest.mark.parametrize("damage", ["deleted", "emptied", "cut"])
def test_a_lost_or_damaged_store_is_made_again(
    lake: Lake, damage: str, searches: list[int]
) -> None:
    add(lake, "sent")
    assert lake.recent
    lake.recent.close()
    folder = Path(lake.location.data_path).parent / "states"
    for file in sorted(folder.iterdir()):
        if damage == "deleted":
            file.unlink()
        elif file.name.startswith(("MANIFEST", "CURRENT")):
            file.write_bytes(
                b"" if damage == "emptied" else file.read_bytes()[:-3] + b"\xff\xff\xff"
            )
    lake.recent = RecentStatuses(folder)
    lake.recent.fill(lake.connection)
    add(lake, "read")
    assert outcomes(lake) == [("read", 1)]
    assert (wrong(lake), searches) == (0, [])


def full(*_: object) -> None:
    raise Exception("IO error: No space left on device")


@pytest.mark.parametrize(("method", "days"), [("_put", 0), ("_read", 0), ("_read", 10)])
def test_an_error_of_the_store_does_not_stop_landing(
    lake: Lake,
    searches: list[int],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    days: int,
) -> None:
    add(lake, "sent")
    searches.clear()
    with monkeypatch.context() as patch:
        patch.setattr(RecentStatuses, method, full)
        add(lake, "delivered", received_at=NOW_US - days * 86_400_000_000)
    add(lake, "read")
    assert outcomes(lake) == [("read", 1)]
    assert len(searches) == (1 if method == "_put" else 2)
    assert caplog.text.count("landing without the store") == 1
    assert lake.recent
    lake.recent.close()
    lake.recent = RecentStatuses(Path(lake.location.data_path).parent / "states")
    lake.recent.fill(lake.connection)
    searches.clear()
    add(lake, "played")
    assert (wrong(lake), searches) == (0, [])


@pytest.mark.usefixtures("lake")
def test_one_process_uses_it_at_a_time(tmp_path: Path) -> None:
    with pytest.raises(StoreInUse):
        RecentStatuses(tmp_path / "states")


def test_a_store_in_use_is_left_alone_on_a_full_disk(lake: Lake, searches: list[int]) -> None:
    add(lake, "sent")
    folder = Path(lake.location.data_path).parent / "states"
    before = sorted(folder.iterdir())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))  # no file can grow
    try:
        with pytest.raises(StoreInUse):
            RecentStatuses(folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert sorted(folder.iterdir()) == before
    add(lake, "read")
    assert (wrong(lake), searches) == (0, [])
