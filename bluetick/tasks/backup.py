"""`bluetick backup` and `bluetick restore`: one consistent copy of the warehouse in a folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import duckdb
from rich.console import Console
from rich.progress import Progress

from bluetick.local import data_dir_lock
from settings.errors import BluetickError
from settings.folder_lock import claimed
from warehouse.connection import ALIAS, Location, connect, settle
from warehouse.maintenance import keep_newest
from warehouse.transaction import Busy, passing_cause

# Beside the catalog, so that no other folder is taken for a backup and written over.
MARK = "bluetick-backup"
# Maintenance may remove a file before it is copied; then the catalog is copied anew.
ATTEMPTS = 5
BUSY_SECONDS = 30.0


class BackupError(BluetickError):
    """Nothing was backed up or restored; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a backup or a restore has copied."""

    files: int
    bytes: int


class _Removed(Exception):
    """A file of the catalog's copy is gone."""


def backup(location: Location, target: Path, console: Console) -> Copied:
    """Copies the newest snapshot to `target`, or brings an older backup there up to date.

    `target` is then a data folder of its own, with `warehouse.sqlite` and `files/`. Landing and
    maintenance may go on. Returns what was copied now. Raises BackupError, Taken (another backup
    writes there), WarehouseError and Busy.
    """
    catalog = location.sqlite_file
    if catalog is None or "://" in location.data_path:
        raise BackupError(
            "this backs up a warehouse on this machine: back up PostgreSQL with pg_dump, and then "
            "the files with the tools of their storage (docs/production.md)"
        )
    if not catalog.exists():
        raise BackupError(f"no warehouse at {catalog}: name its folder with --data-dir")
    folder = target.resolve()
    if folder.is_relative_to(catalog.parent) or folder.is_relative_to(location.data_path):
        raise BackupError(f"{target} is inside of what is backed up: choose another folder")
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise BackupError(f"{target} is not empty and not a backup: choose another folder")
    # The mark is the lock too: another backup would remove the files of this one.
    with claimed(folder / MARK, "`bluetick backup`", "another folder"):
        try:
            copy = Location.under(folder)
            files, done = _into(copy, location, catalog, console)
            _remove_others(files, copy)
        except OSError as error:
            raise BackupError(f"{target} cannot be written ({error.strerror})") from None
    return done


def restore(source: Path, location: Location, console: Console) -> Copied:
    """Copies a backup to a place that has no warehouse yet. Returns what was copied.

    Raises BackupError, Taken (`up`, `demo` or another restore uses the folder), WarehouseError and
    Busy.
    """
    catalog, kept = location.sqlite_file, Location.under(source)
    if catalog is None or "://" in location.data_path:
        raise BackupError(
            "this restores to this machine: for PostgreSQL and S3, restore to an empty data folder "
            "first, and then run `bluetick migrate-catalog` with an empty database"
        )
    if not (source / MARK).exists() or not (source / "warehouse.sqlite").exists():
        raise BackupError(f"{source} is not a complete backup of `bluetick backup`")
    with data_dir_lock.claimed(catalog.parent):
        if catalog.exists():
            raise BackupError(
                f"{catalog.parent} has a warehouse: stop everything that uses it, and move "
                f"{catalog.name} and the folder of its files away first"
            )
        try:
            _, done = _into(location, kept, source / "warehouse.sqlite", console)
        except OSError as error:
            raise BackupError(f"{catalog.parent} cannot be written ({error.strerror})") from None
    return done


def _into(
    target: Location, source: Location, catalog: Path, console: Console
) -> tuple[dict[str, int], Copied]:
    """Copies the files of a snapshot and then its catalog. Returns the files, and what was copied.

    Raises BackupError, Busy and OSError.
    """
    assert target.sqlite_file
    draft = target.sqlite_file.with_suffix(".draft")
    done = Copied(0, 0)
    try:
        for _ in range(ATTEMPTS):
            draft.unlink(missing_ok=True)
            files = _newest_snapshot(catalog, draft, source, target)
            with contextlib.suppress(_Removed):
                done = _copy(files, source, target, console, done)
                _sync(draft)
                draft.replace(target.sqlite_file)
                _sync(target.sqlite_file.parent)
                return files, done
    except duckdb.Error as error:
        cause = passing_cause(error) or type(error).__name__
        raise BackupError(f"the catalog could not be read ({cause}): run it again") from None
    finally:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{draft}{suffix}").unlink(missing_ok=True)
    raise BackupError(
        f"files of {source.data_path} are missing: either maintenance removes them faster than "
        "they are copied (raise BLUETICK_KEEP_SNAPSHOTS_SECONDS), or the copy is not complete"
    )


def _newest_snapshot(
    catalog: Path, draft: Path, source: Location, target: Location
) -> dict[str, int]:
    """Copies the catalog, with its newest snapshot only. Returns path and size of each file."""
    try:
        with (
            contextlib.closing(sqlite3.connect(catalog, timeout=BUSY_SECONDS)) as live,
            contextlib.closing(sqlite3.connect(draft)) as copy,
        ):
            live.backup(copy)  # in one step: readers and writers go on
    except sqlite3.Error as error:
        raise Busy(f"the catalog cannot be copied ({type(error).__name__})") from None
    location = Location(f"ducklake:sqlite:{draft}", source.data_path)
    with connect(location) as connection:
        keep_newest(connection)
        files = dict(_listed(connection))
        settle(connection, target)  # for DuckDB without Bluetick
    with contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as copy:
        # The copy has only files of the newest snapshot, so there is nothing to remove later.
        copy.execute("DELETE FROM ducklake_files_scheduled_for_deletion")
        copy.execute("VACUUM")  # what was deleted does not stay in free space
        copy.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return {str(Path(file).relative_to(source.data_path)): size for file, size in files.items()}


def _listed(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    names = connection.execute(
        f"SELECT table_name FROM duckdb_tables() WHERE database_name = '{ALIAS}'"
    ).fetchall()
    found: list[tuple[str, int]] = []
    for (name,) in names:
        for data, size, deletes, other in connection.execute(
            "SELECT data_file, data_file_size_bytes, delete_file, delete_file_size_bytes "
            f"FROM ducklake_list_files('{ALIAS}', ?)",
            [name],
        ).fetchall():
            found.append((data, size))
            if deletes:
                found.append((deletes, other))
    return found


def _copy(
    files: dict[str, int], source: Location, target: Location, console: Console, done: Copied
) -> Copied:
    """Copies the files that the target does not have yet. Raises _Removed, BackupError, OSError."""
    missing = {file: size for file, size in files.items() if _size(target, file) != size}
    with Progress(console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("bytes", total=sum(missing.values()))
        for file, size in missing.items():
            copy = Path(target.data_path, file)
            copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                shutil.copyfile(Path(source.data_path, file), copy)
            except FileNotFoundError:
                raise _Removed from None
            if copy.stat().st_size != size:  # a file never changes once the catalog has it
                raise BackupError(f"{source.data_path}{file} is damaged: it has not {size:,} bytes")
            _sync(copy)
            progress.update(bar, advance=size)
            done = Copied(done.files + 1, done.bytes + size)
    return done


def _size(target: Location, file: str) -> int | None:
    try:
        return Path(target.data_path, file).stat().st_size
    except FileNotFoundError:
        return None


def _remove_others(files: dict[str, int], target: Location) -> None:
    """Removes files that only an earlier backup has used."""
    root = Path(target.data_path)
    for file in root.rglob("*.parquet"):
        if str(file.relative_to(root)) not in files:
            file.unlink()


def _sync(file: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
