"""A PostgreSQL catalog, dumped before its files are copied, is a backup while events land."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from bluetick.tasks.rebuild import rebuild
from schemas.topics import STATUSES
from tests.support.broker import fresh_broker
from tests.support.land import consumers, publish, statuses
from tests.support.object_store import ObjectStore
from tests.support.postgres import PASSWORD, Postgres
from warehouse.connection import Location, connect


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


def what_landed_after_the_dump_lands_again(
    postgres: Postgres,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    copy_files: Callable[[], None],
    lose_and_restore_files: Callable[[], None],
) -> None:
    """Backs up while events land, loses all, restores, and checks that every event lands once."""
    catalog = postgres.database()
    monkeypatch.setenv("BLUETICK_CATALOG", catalog)
    monkeypatch.setenv("BLUETICK_CATALOG_PASSWORD", PASSWORD)
    dump = str(tmp_path / "catalog.dump")
    with fresh_broker() as broker:
        sent: list[str] = []

        def send() -> None:
            new = statuses(200)
            publish(broker.bootstrap, STATUSES, list(new.values()))
            sent.extend(new)

        with consumers(broker.bootstrap, tmp_path) as group:
            child = group.start("--tidy-seconds", "1")
            send()
            group.await_landed(sent)
            send()  # lands while it is dumped
            postgres.program("pg_dump", catalog, "--format=custom", f"--file={dump}")
            copy_files()
            send()
            group.await_landed(sent)
            assert child.stop() == 0
        lose_and_restore_files()
        restored = postgres.database()
        postgres.program("pg_restore", restored, "--no-owner", dump)
        monkeypatch.setenv("BLUETICK_CATALOG", restored)
        location = Location.of(tmp_path / "data")
        with connect(location, read_only=True) as connection:
            ((rows,),) = connection.execute("SELECT count(*) FROM statuses").fetchall()
        assert 200 <= rows < len(sent)
        with consumers(broker.bootstrap, tmp_path) as group:
            group.start()
            group.await_landed(sent)
            assert rebuild(location, Console(quiet=True)) == 0


def test_with_files_in_a_folder(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, copy = tmp_path / "files", tmp_path / "copy"
    monkeypatch.setenv("BLUETICK_DATA_PATH", str(files))

    def lose_and_restore() -> None:
        shutil.rmtree(files)
        shutil.copytree(copy, files)

    what_landed_after_the_dump_lands_again(
        postgres, tmp_path, monkeypatch, lambda: _copied(files, copy), lose_and_restore
    )


def _copied(files: Path, copy: Path) -> None:
    shutil.copytree(files, copy)


@pytest.mark.servers
def test_with_files_on_s3(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    with ObjectStore() as store, ObjectStore() as new_store:

        def use(one: ObjectStore) -> None:
            for name, value in one.environment("warehouse").items():
                monkeypatch.setenv(name, value)

        def lose_and_restore() -> None:
            store.kill()
            new_store.upload(copy, "warehouse")
            use(new_store)

        use(store)
        what_landed_after_the_dump_lands_again(
            postgres,
            tmp_path,
            monkeypatch,
            lambda: store.download("warehouse", copy),
            lose_and_restore,
        )
