"""A PostgreSQL catalog, dumped before its files are copied, is a backup while events land."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from bluetick.tasks.rebuild import rebuild
from schemas.topics import STATUSES
from tests.support.broker import fresh_broker
from tests.support.land import consumers, publish, statuses
from tests.support.postgres import PASSWORD, Postgres
from warehouse.connection import connect


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


def test_what_landed_after_the_dump_lands_again(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog, files, copy = postgres.database(), tmp_path / "files", tmp_path / "copy"
    monkeypatch.setenv("BLUETICK_CATALOG", catalog)
    monkeypatch.setenv("BLUETICK_CATALOG_PASSWORD", PASSWORD)
    monkeypatch.setenv("BLUETICK_DATA_PATH", str(files))
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
            shutil.copytree(files, copy)
            send()
            group.await_landed(sent)
            assert child.stop() == 0
        shutil.rmtree(files)
        restored = postgres.database()
        postgres.program("pg_restore", restored, "--no-owner", dump)
        shutil.copytree(copy, files)
        monkeypatch.setenv("BLUETICK_CATALOG", restored)
        with consumers(broker.bootstrap, tmp_path) as group:
            with connect(group.location, read_only=True) as connection:
                ((rows,),) = connection.execute("SELECT count(*) FROM statuses").fetchall()
            assert 200 <= rows < len(sent)
            group.start()
            group.await_landed(sent)
            assert rebuild(group.location, Console(quiet=True)) == 0
