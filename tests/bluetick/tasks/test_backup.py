"""A backup is one consistent data folder, and nothing else is taken for one or written over."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bluetick.local import data_dir_lock
from bluetick.tasks import backup as backing_up
from bluetick.tasks.backup import BackupError, Copied, backup, restore
from schemas.topics import STATUSES
from settings.folder_lock import Taken
from tests.support.command import run
from tests.support.lake import Lake, lake
from warehouse.connection import Location, WarehouseError, connect

__all__ = ["lake"]

QUIET = Console(quiet=True)


@pytest.fixture
def source(lake: Lake) -> Location:
    """A warehouse with one status."""
    lake.land_events(STATUSES, {"message_id": "wamid.first"})
    return lake.location


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere")


def messages(data_dir: Path) -> list[str]:
    with connect(Location.under(data_dir), read_only=True) as connection:
        found = connection.execute("SELECT message_id FROM statuses ORDER BY ALL").fetchall()
        sums = connection.execute("SELECT sum(messages) FROM outcome_counts").fetchall()
        assert sums == [(len(found),)]
    return [str(name) for (name,) in found]


def files(folder: Path) -> set[Path]:
    return set(folder.rglob("*.parquet"))


def test_a_second_backup_copies_only_what_is_new(
    lake: Lake, source: Location, elsewhere: Path
) -> None:
    target = elsewhere / "backup"
    assert backup(source, target, QUIET).files == len(files(target)) > 0
    assert messages(target) == ["wamid.first"]
    assert target.stat().st_mode & 0o777 == 0o700
    lake.land_events(STATUSES, {"message_id": "wamid.second"})
    lake.maintain(0)  # removes files that the first backup has
    before = files(target)
    copied = backup(source, target, QUIET)
    assert messages(target) == ["wamid.first", "wamid.second"]
    after = files(target)
    assert before & after  # reference tables, which did not change
    assert before - after
    assert copied.files == len(after - before)
    assert backup(source, target, QUIET) == Copied(0, 0)


def test_only_the_newest_snapshot_is_copied_and_nothing_that_was_deleted(
    lake: Lake, source: Location, elsewhere: Path
) -> None:
    lake.rows("DELETE FROM statuses")  # a snapshot before still has the row
    backup(source, elsewhere, QUIET)
    assert not list((elsewhere / "files" / "main").glob("statuses/*"))
    with connect(Location.under(elsewhere), read_only=True) as connection:
        snapshots = connection.execute("SELECT count(*) FROM ducklake_snapshots('bluetick')")
        assert snapshots.fetchall() == [(1,)]


def test_a_file_that_maintenance_removes_meanwhile_makes_it_begin_again(
    lake: Lake, source: Location, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.land_events(STATUSES, {"message_id": "wamid.second"})
    copy, removed = shutil.copyfile, []

    def maintained(file: Path, to: Path) -> None:
        if not removed:
            removed.append(file)
            lake.land_events(STATUSES, {"message_id": "wamid.third"})
            lake.maintain(0)
            assert not Path(file).exists()
        copy(file, to)

    changing = "kafka_offsets"  # each landing replaces its file
    listed = backing_up._listed
    monkeypatch.setattr(
        backing_up,
        "_listed",
        lambda connection: sorted(listed(connection), key=lambda one: changing not in one[0]),
    )
    monkeypatch.setattr(shutil, "copyfile", maintained)
    backup(source, elsewhere, QUIET)
    assert changing in str(removed)
    assert messages(elsewhere) == ["wamid.first", "wamid.second", "wamid.third"]


def test_a_second_backup_into_the_same_folder_is_refused_while_the_first_one_copies(
    source: Location, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, refused = shutil.copyfile, []

    def meanwhile(file: Path, to: Path) -> None:
        with pytest.raises(Taken, match="`bluetick backup` already runs") as caught:
            backup(source, elsewhere, QUIET)
        refused.append(caught)
        copy(file, to)

    monkeypatch.setattr(shutil, "copyfile", meanwhile)
    assert backup(source, elsewhere, QUIET).files == len(refused) > 0
    monkeypatch.setattr(shutil, "copyfile", copy)
    assert messages(elsewhere) == ["wamid.first"]
    assert backup(source, elsewhere, QUIET) == Copied(0, 0)


def test_the_next_backup_completes_one_that_was_killed(source: Location, elsewhere: Path) -> None:
    code = (
        "import os, shutil, sys; from pathlib import Path; from rich.console import Console\n"
        "from bluetick.tasks.backup import backup; from warehouse.connection import Location\n"
        "shutil.copyfile = lambda *_: os.kill(os.getpid(), 9)\n"
        "backup(Location.under(Path(sys.argv[1])), Path(sys.argv[2]), Console(quiet=True))"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code, str(source.folder), str(elsewhere)], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    with pytest.raises(BackupError, match="not a complete backup"):
        restore(elsewhere, Location.under(elsewhere / "data"), QUIET)
    backup(source, elsewhere, QUIET)
    assert messages(elsewhere) == ["wamid.first"]
    assert not list(elsewhere.glob("*.draft*"))


def test_nothing_is_restored_to_a_folder_where_bluetick_runs(
    source: Location, elsewhere: Path
) -> None:
    kept, data = elsewhere / "backup", elsewhere / "data"
    backup(source, kept, QUIET)
    with data_dir_lock.claimed(data), pytest.raises(Taken, match="Bluetick already runs"):
        restore(kept, Location.under(data), QUIET)
    restore(kept, Location.under(data), QUIET)
    assert messages(data) == ["wamid.first"]


def test_a_restored_warehouse_goes_on_and_leaves_the_backup_as_it_is(
    source: Location, elsewhere: Path
) -> None:
    kept, data = elsewhere / "backup", elsewhere / "data"
    backup(source, kept, QUIET)
    assert restore(kept, Location.under(data), QUIET).files == len(files(kept))
    restored = Lake(data)
    with restored.connection:
        restored.land_events(STATUSES, {"message_id": "wamid.later"})
        restored.maintain(0)
    assert messages(data) == ["wamid.first", "wamid.later"]
    assert messages(kept) == ["wamid.first"]


def test_only_a_new_folder_or_a_backup_is_written_to(source: Location, elsewhere: Path) -> None:
    (elsewhere / "of-value").write_text("kept")
    with pytest.raises(BackupError, match="not empty and not a backup"):
        backup(source, elsewhere, QUIET)
    assert source.folder
    for inside in (source.folder / "backup", source.folder / "files" / "backup"):
        with pytest.raises(BackupError, match="inside of what is backed up"):
            backup(source, inside, QUIET)
    with pytest.raises(BackupError, match="no warehouse"):
        backup(Location.under(elsewhere), elsewhere / "missing", QUIET)
    assert [file.name for file in elsewhere.iterdir()] == ["of-value"]


def test_only_a_complete_backup_is_restored_and_only_to_an_empty_place(
    source: Location, elsewhere: Path
) -> None:
    kept, data = elsewhere / "backup", Location.under(elsewhere / "data")
    assert source.folder
    with pytest.raises(BackupError, match="not a complete backup"):
        restore(source.folder, data, QUIET)
    backup(source, kept, QUIET)
    with pytest.raises(BackupError, match="has a warehouse"):
        restore(kept, source, QUIET)
    damaged = next((kept / "files" / "main" / "statuses").iterdir())
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:-1])
    with pytest.raises(BackupError, match="damaged"):
        restore(kept, data, QUIET)
    damaged.unlink()
    with pytest.raises(BackupError, match="missing"):
        restore(kept, data, QUIET)
    with pytest.raises(WarehouseError, match="no warehouse"):
        connect(data, read_only=True)
    damaged.write_bytes(whole)
    restore(kept, data, QUIET)
    assert messages(elsewhere / "data") == ["wamid.first"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BLUETICK_CATALOG", "postgres://u@127.0.0.1:1/d"),
        ("BLUETICK_DATA_PATH", "s3://bucket/prefix"),
    ],
)
def test_postgresql_and_s3_are_backed_up_with_their_own_tools(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    location = Location.of(elsewhere)
    with pytest.raises(BackupError, match="pg_dump"):
        backup(location, elsewhere / "backup", QUIET)
    with pytest.raises(BackupError, match="migrate-catalog"):
        restore(elsewhere / "backup", location, QUIET)


def test_the_commands_say_what_they_did(source: Location, elsewhere: Path) -> None:
    kept, data = str(elsewhere / "backup"), ("--data-dir", str(elsewhere / "data"))
    done = run("backup", kept, "--data-dir", str(source.folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{kept} is complete: ")
    done = run("restore", kept, *data)
    assert (done.returncode, done.stderr) == (0, "")
    assert "repeat each `bluetick privacy erase` that is newer" in done.stdout
    done = run("restore", kept, *data)
    assert (done.returncode, done.stdout) == (1, "")
    assert "move warehouse.sqlite and the folder of its files away first" in done.stderr
