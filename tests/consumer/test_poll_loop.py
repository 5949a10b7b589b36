"""One consumer process with a real broker and a real warehouse."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx
import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from consumer.intake import KEPT_BYTES
from schemas.topics import STATUSES
from tests.support.broker import fresh_broker
from tests.support.land import consumers, publish, statuses
from tests.support.locked_catalog import locked_catalog
from tests.support.ports import HOST, free_port
from tests.support.topics import recreate_topics
from tests.support.waiting import wait_for
from warehouse.connection import Location


def scraped(port: int) -> dict[str, float]:
    """The values of a consumer's series."""
    text = httpx.get(f"http://{HOST}:{port}/metrics", trust_env=False, verify=False).text
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {series: float(value) for series, _, value in lines}


def test_it_lands_what_was_published_and_ends_on_request(broker: str, tmp_path: Path) -> None:
    new = statuses(500)
    publish(broker, STATUSES, [*new.values(), *new.values()])
    with consumers(broker, tmp_path, prepared=False) as group:
        child = group.start()
        group.await_landed(list(new))
        later = statuses(50)
        publish(broker, STATUSES, list(later.values()))
        group.await_landed(list(later))
        assert child.stop() == 0
        assert group.rows(
            "SELECT count(*) FROM kafka_offsets WHERE next_offset - first_offset "
            "<> landed + duplicates + dead_letters + skipped",
        ) == [(0,)]


def test_it_reports_that_it_works_and_that_nothing_waits(broker: str, tmp_path: Path) -> None:
    with consumers(broker, tmp_path) as group:
        group.start()
        group.await_warehouse()
        query = "SELECT partitions > 0 AND waiting >= 0 FROM heartbeats"
        wait_for(lambda: group.rows(query) == [(True,)], explain=group.logs)


def test_after_a_kill_it_continues_without_loss_or_doubling(broker: str, tmp_path: Path) -> None:
    sent: list[str] = []
    with consumers(broker, tmp_path) as group:
        for _ in range(2):
            new = statuses(600)
            sent += new
            child = group.start()
            publish(broker, STATUSES, list(new.values()))
            group.await_progress(sent, left=600)
            child.kill()
        group.start()
        group.await_landed(sent)


def test_a_locked_catalog_delays_landing_but_keeps_the_membership(
    broker: str, tmp_path: Path
) -> None:
    first, second = statuses(10), statuses(10)
    port = free_port()
    lag = 'bluetick_lag_records{topic="whatsapp.statuses"}'
    with consumers(broker, tmp_path) as group:
        child = group.start("--metrics-port", str(port))
        publish(broker, STATUSES, list(first.values()))
        group.await_landed(list(first))
        with locked_catalog(Location.under(tmp_path / "data")):
            publish(broker, STATUSES, list(second.values()))
            wait_for(lambda: "landing delayed" in child.tail(500), explain=group.logs)
            found = scraped(port)
            assert found[lag] > 0
            assert found["bluetick_landing_retries_total"] > 0
            assert found["bluetick_landing_failed_attempts_total"] > 0
        group.await_landed(list(second))
        wait_for(lambda: scraped(port)[lag] == 0, explain=group.logs)
        later = scraped(port)
        assert later["bluetick_assigned_partitions"] > 0
        assert later["bluetick_event_age_seconds_sum"] > found["bluetick_event_age_seconds_sum"] > 0
        newest = "bluetick_newest_record_timestamp_seconds"
        assert later["bluetick_last_landed_timestamp_seconds"] > later[newest] > found[newest] > 0
        assert child.running
        assert "released" not in child.tail(500)


def test_poison_becomes_dead_letters_and_landing_continues(broker: str, tmp_path: Path) -> None:
    new = statuses(20)
    good = list(new.values())
    huge = b"\x00" + b"x" * 900_000
    publish(broker, STATUSES, [good[0], b"junk", None, huge, good[0][:-1], *good[1:]])
    with consumers(broker, tmp_path) as group:
        group.start()
        group.await_landed(list(new))
        found = group.rows(
            "SELECT reason, max(octet_length(payload)) FROM dead_letters "
            "WHERE topic = 'whatsapp.statuses' GROUP BY ALL ORDER BY ALL",
        )
        assert ("unknown_schema", 900_001) in found
        assert "undecodable" in dict(found)


def test_too_much_poison_stops_it_with_the_reason(tmp_path: Path) -> None:
    with fresh_broker() as broker, consumers(broker.bootstrap, tmp_path) as group:
        publish(broker.bootstrap, STATUSES, [b"\x00\x00\x00\x00\x07junk"] * 1_000)
        child = group.start()
        assert child.wait(120) == 1
        assert "SCHEMA_REGISTRY_URL" in child.tail()
        # Nothing of the batch with the errors was landed; with consent, all of it is.
        accepting = group.start("--accept-poison")
        wait_for(
            lambda: group.rows("SELECT count(*) FROM dead_letters") == [(1_000,)],
            explain=group.logs,
        )
        assert accepting.stop() == 0


@pytest.mark.parametrize("running", [False, True], ids=["between runs", "while it runs"])
def test_a_recreated_topic_is_refused_until_the_user_accepts_it(
    tmp_path: Path, running: bool
) -> None:
    with fresh_broker() as broker, consumers(broker.bootstrap, tmp_path) as group:
        old, new = statuses(5), statuses(3)
        child = group.start()
        publish(broker.bootstrap, STATUSES, list(old.values()))
        group.await_landed(list(old))
        if not running:
            child.stop()
        recreate_topics(broker.bootstrap)
        publish(broker.bootstrap, STATUSES, list(new.values()))
        if running:
            # Some versions of the client library crash on the new topic id instead of an error.
            assert child.wait(120) in (1, -signal.SIGSEGV), group.logs()
        child = group.start()
        assert child.wait(120) == 1, group.logs()
        assert "--accept-new-log" in child.tail()
        assert group.counts(list(new)) == {}
        group.start("--accept-new-log")
        group.await_landed([*old, *new])


def test_another_cluster_is_refused_until_the_user_accepts_it(tmp_path: Path) -> None:
    old, new = statuses(5), statuses(3)
    with consumers("", tmp_path) as group:
        for events, options in ((old, ()), (new, ("--accept-new-log",))):
            with fresh_broker() as broker:
                group.bootstrap = broker.bootstrap
                publish(broker.bootstrap, STATUSES, list(events.values()))
                if options:
                    refused = group.start()
                    assert refused.wait(120) == 1
                    assert "is on cluster" in refused.tail()
                child = group.start(*options)
                group.await_landed(list(events))
                assert child.stop() == 0


@pytest.mark.kafka  # the embedded broker refuses records of this size
def test_a_record_of_20_mb_becomes_a_dead_letter(broker: str, tmp_path: Path) -> None:
    admin = AdminClient({"bootstrap.servers": broker})
    resource = ConfigResource(
        ResourceType.TOPIC,
        STATUSES.name,
        incremental_configs=[
            ConfigEntry(
                "max.message.bytes",
                "25000000",
                incremental_operation=AlterConfigOpType.SET,
            )
        ],
    )
    for future in admin.incremental_alter_configs([resource]).values():
        future.result(120)
    new = statuses(10)
    huge = b"\x00" + b"\xff" * 20_000_000
    publish(broker, STATUSES, [huge, *new.values()])
    with consumers(broker, tmp_path) as group:
        group.start()
        group.await_landed(list(new))
        wait_for(
            lambda: (
                ("too_large", KEPT_BYTES)
                in group.rows("SELECT reason, octet_length(payload) FROM dead_letters")
            ),
            explain=group.logs,
        )
