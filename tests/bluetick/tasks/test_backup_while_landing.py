"""Backups under load; one is restored, and the consumer lands what is newer."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bluetick.doctor.partition_counts import accounts
from schemas.topics import STATUSES
from tests.support.broker import fresh_broker
from tests.support.command import run
from tests.support.land import consumers, publish
from tests.support.landed import await_all_landed, contents
from tests.support.records import event, framed
from tests.support.waiting import wait_for
from warehouse.connection import Location, connect
from warehouse.tables import POSITION

STEPS = ("sent", "delivered", "read")


class Load:
    """Publishes statuses until the end: of each message several, in any batch, some twice."""

    def __init__(self, bootstrap: str) -> None:
        self.messages = 0
        self._bootstrap = bootstrap
        self.end = threading.Event()

    def __call__(self) -> None:
        while not self.end.wait(0.2):
            first, now = self.messages, time.time_ns() // 1_000
            values = [
                framed(
                    STATUSES,
                    event(STATUSES, message_id=f"wamid.{number}", status=status, received_at=now),
                )
                for number in range(max(0, first - 20), first + 20)
                for status in STEPS[number % 3 :]
            ]
            publish(self._bootstrap, STATUSES, [*values, *values[:10]])
            self.messages = first + 20


def facts(data_dir: Path) -> dict[str, Counter[tuple[Any, ...]]]:
    """All rows, without the place in Kafka: either of two copies of an event may land first."""
    found = contents(data_dir)
    statuses = Counter(row[: -len(POSITION)] for row in found["statuses"].elements())
    return found | {"statuses": statuses}


@contextmanager
def load(bootstrap: str) -> Iterator[Load]:
    one = Load(bootstrap)
    thread = threading.Thread(target=one)
    thread.start()
    try:
        yield one
    finally:
        one.end.set()
        thread.join()


def books(data_dir: Path) -> int:
    """The offsets that have landed. Checks that counts, rows and sums of the snapshot agree."""
    with connect(Location.under(data_dir), read_only=True, threads=1) as connection:
        connection.execute("BEGIN")
        found = [account for account in accounts(connection) if account.log.topic == STATUSES.name]
        assert all(account.adds_up for account in found)
        ((rows,),) = connection.execute("SELECT count(*) FROM statuses").fetchall()
        assert rows == sum(account.landed for account in found)
        ((listed,),) = connection.execute("SELECT count(*) FROM outcomes").fetchall()
        ((summed,),) = connection.execute("SELECT sum(messages) FROM outcome_counts").fetchall()
        assert listed == (summed or 0)
        return sum(account.next - account.first for account in found)


def test_an_older_backup_is_restored_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    data, target = tmp_path / "data", tmp_path / "backup"
    with fresh_broker() as broker, consumers(broker.bootstrap, tmp_path) as group:
        child = group.start("--tidy-seconds", "1")
        group.await_warehouse()
        reached = [0]
        with load(broker.bootstrap) as publishing:
            for _ in range(3):
                wait_for(lambda: books(data) > reached[-1], explain=group.logs)
                done = run("backup", str(target), "--data-dir", str(data))
                assert (done.returncode, done.stderr) == (0, "")
                reached.append(books(target))
            assert reached == sorted(set(reached))
            wait_for(lambda: books(data) > reached[-1], explain=group.logs)
            sent = publishing.messages
            wait_for(lambda: publishing.messages > sent)
        await_all_landed(broker.bootstrap, data)
        assert child.stop() == 0
        group.close()
        before = facts(data)

        lost = tmp_path / "lost"
        lost.mkdir()
        for file in data.iterdir():
            if file.name != "states":  # the store of recent statuses stays, and is ahead now
                file.rename(lost / file.name)
        done = run("restore", str(target), "--data-dir", str(data))
        assert (done.returncode, done.stderr) == (0, "")
        assert books(data) == reached[-1]

        child = group.start()
        await_all_landed(broker.bootstrap, data)
        assert "statuses of the last days, for the sums of messages" in child.tail(1000)
        assert facts(data) == before
        assert books(data) > reached[-1]
        done = run("rebuild", "--data-dir", str(data))
        assert (done.returncode, done.stdout) == (0, "all sums were right\n")
