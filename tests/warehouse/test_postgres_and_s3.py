"""The same warehouse on PostgreSQL and S3: it lands once, and readers see whole batches."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from bluetick.doctor.catalog import opened
from bluetick.doctor.finding import Finding
from bluetick.doctor.storage import storage
from bluetick.shell.prompt import one_shot
from bluetick.tasks.migrate_catalog import MigrationError, migrate
from bluetick.tasks.privacy import erase
from bluetick.tasks.rebuild import rebuild
from consumer.writer import Batch, land, read
from dashboards import sql_process
from dashboards.warehouse_reader import ask
from schemas.topics import ERRORS, LANDED, STATUSES
from tests.chaos.reader import check
from tests.support.lake import Lake
from tests.support.lake_servers import LakeServers, lake_servers, remote
from tests.support.land import consumers, publish, statuses
from tests.support.landed import BOOKS
from tests.support.postgres import PASSWORD
from tests.support.process import Child
from tests.support.records import REGISTRY, event, framed, log_of, records, span
from tests.support.waiting import wait_for
from warehouse import retention
from warehouse.advisory_lock import AdvisoryLock
from warehouse.clustering import cluster
from warehouse.compaction import MANY
from warehouse.connection import Location, WarehouseError, connect, is_current
from warehouse.maintenance import Schedule, maintain
from warehouse.offsets import Fenced, live_positions, open_partitions
from warehouse.renewal import Warehouse
from warehouse.subjects import Subjects
from warehouse.transaction import Busy, transact

__all__ = ["lake_servers", "remote"]

PARTITIONS = range(3)
A_MONTH_AGO = datetime.now(UTC) - timedelta(days=30)
# What a consumer does first.
OPEN = """
import sys, threading
from pathlib import Path
from consumer.main import _open
from warehouse.campaigns import CampaignRule
from warehouse.connection import Location
_open(Location.of(Path(sys.argv[1])), CampaignRule(), threading.Event()).close()
"""


@pytest.fixture(scope="module")
def shared(lake_servers: LakeServers, tmp_path_factory: pytest.TempPathFactory) -> Location:
    """A warehouse that three processes made which started at once, with some partitions."""
    folder = tmp_path_factory.mktemp("shared")
    environment = lake_servers.environment()
    command = [sys.executable, "-c", OPEN, str(folder / "data")]
    logs = [folder / f"{number}.log" for number in range(3)]
    children = [Child(command, log=log, env=environment) for log in logs]
    for child in children:
        child.start()
    assert [child.wait(540) for child in children] == [0, 0, 0], [one.tail() for one in children]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        location = Location.of(folder / "data")
    with connect(location) as connection:
        firsts = {(log_of(topic), number): 0 for topic in LANDED for number in PARTITIONS}
        transact(connection, lambda: open_partitions(connection, firsts))
    return location


def batch(partition: int, start: int, names: Sequence[str]) -> Batch:
    values: list[bytes | None] = [
        framed(STATUSES, event(STATUSES, event_id=_id(name), message_id=name)) for name in names
    ]
    return read(
        [span(STATUSES, start, start + len(names), partition)],
        records(STATUSES, values, start, partition),
        REGISTRY,
    )


def _id(name: str) -> str:
    return f"00000000-0000-4000-8000-{abs(hash(name)) % 16**12:012x}"


def test_several_that_start_at_once_make_one_warehouse(shared: Location) -> None:
    with connect(shared, read_only=True) as connection:
        assert is_current(connection)
        ((options,),) = connection.execute(
            "SELECT count(*) FROM __ducklake_metadata_bluetick.ducklake_metadata "
            "WHERE key = 'parquet_compression'"
        ).fetchall()
        assert options == 1


def test_files_by_message_are_skipped_only_if_they_have_it_not(shared: Location) -> None:
    names = [f"cluster.{letter}{number}" for letter in "aZéz" for number in range(6)]
    insert = "INSERT INTO statuses BY NAME SELECT unnest(?) AS message_id, ? AS received_at"
    find = "SELECT count(*) FROM statuses WHERE message_id = ?"
    with connect(shared) as connection:
        for number in range(6):
            connection.execute(insert, [sorted(names[number::6]), A_MONTH_AGO])
        try:
            while transact(connection, lambda: cluster(connection, least=1)):
                pass
            for name in names:
                assert connection.execute(find, [name]).fetchall() == [(1,)], name
        finally:
            connection.execute("DELETE FROM statuses WHERE starts_with(message_id, 'cluster.')")


def test_writers_queue_and_readers_see_whole_batches(shared: Location) -> None:
    faults: list[object] = []
    done = threading.Event()

    def write(partition: int) -> None:
        lock = AdvisoryLock(shared, patience=500)
        try:
            with closing(lock), connect(shared) as connection:
                for number in range(4):
                    # The first three names are repeated in the next batch.
                    names = [f"{partition}/{number * 5 + more}" for more in range(8)]
                    land(connection, batch(partition, number * 8, names), lock=lock, attempts=1)
        except BaseException as error:
            faults.append(error)

    def look() -> None:
        with connect(shared, read_only=True) as connection:
            while not done.wait(0.2):
                faults.extend(check(connection)[1])
            faults.extend(check(connection)[1])

    def tidy() -> None:
        with Warehouse(lambda: connect(shared), shared) as held:
            lock = AdvisoryLock(shared, patience=500)
            with closing(lock):
                for _ in maintain(held, Schedule(1, 600), lock=lock):
                    pass

    writers = [threading.Thread(target=write, args=[number]) for number in PARTITIONS]
    others = [threading.Thread(target=look), threading.Thread(target=tidy)]
    for thread in (*writers, *others):
        thread.start()
    for thread in (*writers, others[1]):
        thread.join()
    done.set()
    others[0].join()
    assert faults == []
    with connect(shared, read_only=True) as connection:
        counts = connection.execute("SELECT count(*), count(DISTINCT event_id) FROM statuses")
        assert counts.fetchall() == [(69, 69)]
        ends = live_positions(connection)
        assert [ends[log_of(STATUSES), number] for number in PARTITIONS] == [32, 32, 32]
        assert connection.execute("SELECT sum(messages) FROM delivery").fetchall() == [(69,)]
        ((place,),) = connection.execute("SELECT any_value(filename) FROM statuses").fetchall()
        assert str(place).startswith(shared.data_path)


@pytest.mark.servers
def test_people_are_erased_files_merged_and_old_rows_removed(shared: Location) -> None:
    person = "15550009999"
    with connect(shared) as connection:
        at = live_positions(connection)[log_of(STATUSES), 2]
        value = framed(STATUSES, event(STATUSES, message_id="to somebody", recipient_id=person))
        spans = [span(STATUSES, at, at + 1, 2)]
        land(connection, read(spans, records(STATUSES, [value], at, 2), REGISTRY))
    found = erase(shared, Subjects(people=[person]), Console(quiet=True), now=True)
    assert (found.people, found.messages) == (1, 1)
    with Warehouse(lambda: connect(shared), shared) as held:
        for _ in maintain(held, Schedule(1, 600)):
            pass
        rows = held.connection.execute("SELECT recipient_id FROM statuses WHERE partition = 2")
        assert person not in {who for (who,) in rows.fetchall()}
        files = held.connection.execute("FROM ducklake_list_files('bluetick', 'statuses')")
        assert len(files.fetchall()) < MANY
        assert check(held.connection)[1] == []
        old = framed(ERRORS, event(ERRORS, occurred_at=0))
        spans = [span(ERRORS, 0, 1)]
        land(held.connection, read(spans, records(ERRORS, [old], 0), REGISTRY))
        remove = partial(retention.remove, held.connection, "errors", 30)
        assert [transact(held.connection, remove) for _ in range(2)] == [1, 0]
        assert held.connection.execute("FROM errors").fetchall() == []


def test_a_consumer_that_lost_its_partition_is_refused(shared: Location) -> None:
    with connect(shared) as zombie, connect(shared) as owner:
        at = live_positions(owner)[log_of(STATUSES), 0]
        late = batch(0, at, ["late"])
        # Both read the same offset, and neither has committed.
        zombie.execute("BEGIN")
        live_positions(zombie)
        land(owner, batch(0, at, ["first"]))
        zombie.execute("INSERT INTO erasures VALUES ('zombie', now())")
        zombie.execute("DELETE FROM kafka_offsets")
        with pytest.raises(Exception, match="conflict"):
            zombie.execute("COMMIT")
        with pytest.raises(Fenced):
            land(zombie, late)
        found = "SELECT message_id FROM statuses WHERE message_id IN ('first', 'late')"
        assert owner.execute(found).fetchall() == [("first",)]
        assert owner.execute("FROM erasures").fetchall() == []


@pytest.mark.servers
def test_landing_goes_on_after_each_server_was_killed(
    shared: Location, lake_servers: LakeServers
) -> None:
    lock = AdvisoryLock(shared)
    with closing(lock), connect(shared) as connection:
        for server in (lake_servers.postgres, lake_servers.store):
            at = live_positions(connection)[log_of(STATUSES), 1]
            waits = batch(1, at, [f"after {at}"])
            server.kill()
            with pytest.raises(Busy):
                land(connection, waits, lock=lock, attempts=1)
            server.start()
            wait_for(partial(_landed, connection, waits, lock))
            assert live_positions(connection)[log_of(STATUSES), 1] == at + 1
        assert check(connection)[1] == []


def _landed(connection: duckdb.DuckDBPyConnection, waits: Batch, lock: AdvisoryLock) -> bool:
    try:
        land(connection, waits, lock=lock)
    except Busy:
        return False
    return True


def test_a_consumer_process_lands_and_all_commands_read(
    broker: str,
    remote: Location,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sent = statuses(300)
    with consumers(broker, tmp_path) as group:
        child = group.start()
        publish(broker, STATUSES, list(sent.values()))
        group.await_landed(list(sent))
        assert child.stop(300) == 0
    count = "SELECT count(*) AS found FROM statuses"
    with connect(remote, read_only=True) as connection:
        assert check(connection)[1] == []
        # Other tests publish to the same broker, and their events land too.
        ((found,),) = connection.execute(count).fetchall()
    assert found >= len(sent)
    assert one_shot(remote, count, "csv", 0) == 0
    assert capsys.readouterr().out.split() == ["found", str(found)]
    monkeypatch.setenv("BLUETICK_DATA_DIR", str(tmp_path / "data"))
    assert ask(lambda connection: connection.execute(count).fetchall()) == [(found,)]
    assert sql_process.run(remote, count, seconds=500).rows["found"].to_list() == [found]
    assert rebuild(remote, Console(quiet=True)) == 0


@pytest.mark.servers
def test_a_sqlite_warehouse_moves_without_losing_a_row(remote: Location, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "data")
    with lake.connection:
        lake.land_events(STATUSES, *({"message_id": f"wamid.{number}"} for number in range(50)))
        lake.land(STATUSES, b"junk")
        tables = (*BOOKS, "statuses", "dead_letters", "rollups")
        before = {table: Counter(lake.rows(f"FROM {table}")) for table in tables}
    assert migrate(tmp_path / "data", Console(quiet=True)) > 50
    with connect(remote) as connection:
        for table, rows in before.items():
            assert Counter(connection.execute(f"FROM {table}").fetchall()) == rows
        assert connection.execute("SELECT sum(messages) FROM delivery").fetchall() == [(50,)]
        # The next landing continues where the former warehouse ended.
        record = framed(STATUSES, event(STATUSES, message_id="wamid.next"))
        land(connection, read([span(STATUSES, 51, 52)], records(STATUSES, [record], 51), REGISTRY))
    with pytest.raises(MigrationError, match="holds events already"):
        migrate(tmp_path / "data", Console(quiet=True))


@pytest.mark.kafka
def test_three_consumers_of_one_group(broker: str, remote: Location, tmp_path: Path) -> None:
    sent = statuses(3_000)
    with consumers(broker, tmp_path, "classic") as group:
        children = [group.start() for _ in range(3)]
        for number in range(6):
            some = dict(list(sent.items())[number * 500 : (number + 1) * 500])
            publish(broker, STATUSES, list(some.values()))
            if number == 3:
                children[0].kill()
                group.start()
        group.await_landed(list(sent))
        assert [child.stop(300) for child in group.children[1:]] == [0, 0, 0]
    with connect(remote, read_only=True) as connection:
        assert check(connection)[1] == []


def test_a_wrong_password_or_database_is_explained(
    remote: Location, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(WarehouseError, match="has no tables yet"):
        connect(remote, read_only=True)
    monkeypatch.setenv("BLUETICK_CATALOG_PASSWORD", "geheim")
    with pytest.raises(WarehouseError, match="password authentication failed") as error:
        connect(Location.of(tmp_path))
    assert "geheim" not in str(error.value)
    monkeypatch.setenv("BLUETICK_CATALOG", "postgres://u@127.0.0.1:1/db")
    with pytest.raises(Busy, match="PostgreSQL does not answer"):
        connect(Location.of(tmp_path))


def test_other_files_than_those_of_the_catalog_are_refused(
    shared: Location, tmp_path: Path
) -> None:
    elsewhere = replace(shared, data_path=f"{tmp_path}/", store=None)
    with pytest.raises(WarehouseError, match="BLUETICK_DATA_PATH"):
        connect(elsewhere)


def test_doctor_says_what_cannot_be_reached(shared: Location) -> None:
    assert shared.store
    found = storage(shared)
    assert found
    assert found.level == "ok"
    for store, path, said, advice in (
        (replace(shared.store, secret="wrong"), shared.data_path, "answers 403", "keys"),
        (replace(shared.store, endpoint="127.0.0.1:1"), shared.data_path, "does not", "ENDPOINT"),
        (shared.store, "s3://no-such-bucket/a/", "answers 404", "make the bucket"),
    ):
        found = storage(replace(shared, store=store, data_path=path))
        assert found
        assert found.level == "problem"
        assert said in found.what
        assert advice in str(found.advice)
    assert shared.postgres
    gone = opened(replace(shared, postgres=replace(shared.postgres, port=1)))
    assert isinstance(gone, Finding)
    assert gone.what == "PostgreSQL does not answer"
    assert PASSWORD not in str(gone.advice)
