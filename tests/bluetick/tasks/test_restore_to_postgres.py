"""A backup of a data folder is restored to PostgreSQL and S3, where consumers go on."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from bluetick.doctor.partition_counts import accounts
from bluetick.tasks.backup import backup, restore
from bluetick.tasks.migrate_catalog import migrate
from bluetick.tasks.rebuild import rebuild
from schemas.topics import STATUSES
from tests.support.broker import fresh_broker
from tests.support.lake_servers import LakeServers, lake_servers
from tests.support.land import consumers, publish, statuses
from warehouse.connection import Location, connect

__all__ = ["lake_servers"]

pytestmark = pytest.mark.servers
QUIET = Console(quiet=True)


def test_nothing_is_lost_or_doubled(
    lake_servers: LakeServers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before, after = statuses(300), statuses(200)
    sent = [*before, *after]
    with fresh_broker() as broker:
        publish(broker.bootstrap, STATUSES, list(before.values()))
        former = tmp_path / "former"
        former.mkdir()
        with consumers(broker.bootstrap, former) as group:
            child = group.start("--tidy-seconds", "1")
            group.await_landed(list(before))
            backup(group.location, tmp_path / "backup", QUIET)
            # What lands after the backup is lost with the warehouse, and still in Kafka.
            publish(broker.bootstrap, STATUSES, list(after.values()))
            group.await_landed(sent)
            assert child.stop() == 0
        folder = tmp_path / "new"
        restore(tmp_path / "backup", Location.of(folder / "data"), QUIET)
        for name, value in lake_servers.environment().items():
            monkeypatch.setenv(name, value)
        migrate(folder / "data", QUIET)
        with consumers(broker.bootstrap, folder) as group:
            assert group.location.postgres
            assert set(group.counts(sent)) == set(before)
            child = group.start()
            group.await_landed(sent)
            assert child.stop() == 0
            assert rebuild(group.location, QUIET) == 0
        with connect(Location.of(folder / "data"), read_only=True) as connection:
            assert all(account.adds_up for account in accounts(connection))
