"""`bluetick doctor` finds each fault; every test creates a real one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from rich.console import Console

from bluetick.doctor.cluster import ClusterFacts, TopicFacts, look
from bluetick.doctor.configuration import configuration
from bluetick.doctor.disk import GIB, of_free
from bluetick.doctor.report import report
from bluetick.doctor.rollups import sums
from bluetick.doctor.topics import topics
from bluetick.local.broker import EmbeddedBroker
from bluetick.options import Settings
from bluetick.watermarks import extents
from consumer.decode import POISON_REASONS
from producer.dead_letter_advice import ADVICE, NO_REPLAY
from producer.normalise import dead_letter, normalise
from schemas.topics import DEAD_LETTERS, RAW, STATUSES, TOPICS
from tests.support.broker import fresh_broker
from tests.support.examined import Examined, bad, examined, only, own_broker
from tests.support.http_server import Answer, answering
from tests.support.ports import free_port
from tests.support.receiver import receiver
from tests.support.records import NOW_US, event, framed
from warehouse.connection import Location
from warehouse.offsets import Log
from warehouse.rollups import corrections

__all__ = ["examined", "own_broker"]


def code(findings: list) -> int:
    return report(findings, "json", Console())


def statuses(*ids: str) -> list[bytes]:
    return [framed(STATUSES, event(STATUSES, message_id=one)) for one in ids]


def test_with_everything_landed_there_is_no_problem(examined: Examined) -> None:
    examined.land(STATUSES, *statuses("a", "b"), b"junk")
    examined.sql("UPDATE dead_letters SET received_at = now() - INTERVAL 25 HOURS")
    assert bad(examined.findings()) == []
    assert code(examined.findings()) == 0


def test_the_broker_is_down(examined: Examined) -> None:
    findings = examined.findings(own_kafka=f"127.0.0.1:{free_port()}")
    assert [found.check for found in bad(findings)] == ["broker", "topics"]
    assert code(findings) == 1


def test_another_cluster(examined: Examined, own_broker: EmbeddedBroker) -> None:
    with fresh_broker() as other:
        found = only(examined.findings(own_kafka=other.bootstrap))
    assert (found.check, found.level) == ("broker", "problem")
    assert own_broker.cluster_id in found.what
    assert "--accept-new-log" in str(found.advice)


def test_a_recreated_topic(examined: Examined) -> None:
    examined.sql("UPDATE kafka_offsets SET topic_id = 'x' WHERE topic = 'whatsapp.statuses'")
    found = only(examined.findings())
    assert (found.check, found.level) == ("topics", "problem")
    assert found.what == "whatsapp.statuses was recreated after its events landed"


def test_missing_topics_and_one_that_keeps_too_little(own_broker: EmbeddedBroker) -> None:
    del own_broker
    with EmbeddedBroker(0) as broker:
        admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
        config = {"retention.ms": "3600000", "max.message.bytes": "1000000"}
        new = NewTopic(RAW.name, num_partitions=1, replication_factor=1, config=config)
        admin.create_topics([new])[RAW.name].result(120)
        findings = list(topics(look(broker.bootstrap), []))
    missing = [found.what for found in findings if found.level == "problem"]
    assert missing == [f"{one.name} does not exist" for one in TOPICS if one is not RAW]
    short, small = (found.what for found in findings if found.level == "warning")
    assert short == "whatsapp.raw keeps bodies for 1.0 hours"
    assert small.startswith("whatsapp.raw accepts records up to 1,000,000 bytes")


def test_one_replica_on_several_brokers() -> None:
    facts = {one.name: TopicFacts(Log("c", one.stem, one.name), 6, 1, {}) for one in TOPICS}
    for brokers, level in ((1, "ok"), (3, "warning")):
        assert {one.level for one in topics(ClusterFacts("k", "c", brokers, facts), [])} == {level}


def test_rows_deleted_by_hand(examined: Examined) -> None:
    examined.land(STATUSES, *statuses("a", "b", "c"), b"junk")
    examined.sql("DELETE FROM statuses WHERE message_id <> 'b'")
    examined.sql("DELETE FROM dead_letters")
    findings = examined.findings()
    rows, letters, sums = bad(findings)
    assert rows.what == "whatsapp.statuses partition 0: 2 of 3 landed rows gone"
    assert letters.what == "whatsapp.statuses partition 0: 1 of 1 landed dead letter gone"
    assert "replay raw" in str(rows.advice)
    assert (sums.check, "bluetick rebuild" in str(sums.advice)) == ("rollups", True)
    assert code(findings) == 1


def test_a_duplicate_inserted_by_hand(examined: Examined) -> None:
    examined.land(STATUSES, *statuses("a", "b"))
    examined.sql("INSERT INTO statuses FROM statuses WHERE message_id = 'a'")
    findings = examined.findings()
    surplus, twin = bad(findings)
    assert surplus.what == "whatsapp.statuses partition 0: 1 row more than the 2 landed"
    assert (twin.check, twin.what) == ("duplicates", "statuses: 1 repeated row")
    assert code(findings) == 1
    # The same event may land again after the time in which providers repeat webhooks.
    examined.sql("DELETE FROM statuses WHERE message_id = 'a'")
    later = "SELECT * REPLACE (received_at + INTERVAL 9 DAYS AS received_at)"
    examined.sql("UPDATE kafka_offsets SET landed = 2, duplicates = 0 WHERE landed = 2")
    examined.sql(f"INSERT INTO statuses {later} FROM statuses WHERE message_id = 'b'")
    examined.sql(f"INSERT INTO rollups BY NAME {corrections()}")
    assert bad(examined.findings()) == []


def test_wrong_sums_of_some_days_are_found_among_many_statuses(examined: Examined) -> None:
    examined.land(STATUSES, *statuses("a", "b"))
    assert sums(examined.connection, many=1).level == "ok"
    assert "the sums of 2026-09-21" in sums(examined.connection, many=1).what
    examined.sql("DELETE FROM rollups WHERE kind = 'outcome'")
    assert sums(examined.connection, many=1).level == "problem"


def test_contradictions_are_reported(examined: Examined) -> None:
    one = event(STATUSES)
    values = [framed(STATUSES, one), framed(STATUSES, one | {"content_hash": 2})]
    examined.land(STATUSES, *values)
    found = only(examined.findings())
    assert (found.check, found.level) == ("offsets", "warning")
    assert "1 landed row" in found.what


def test_offsets_changed_by_hand(examined: Examined) -> None:
    examined.land(STATUSES, *statuses("a"))
    examined.sql("UPDATE kafka_offsets SET skipped = skipped + 5 WHERE landed = 1")
    assert "counts do not add up" in only(examined.findings()).what


def test_a_truncated_log(examined: Examined) -> None:
    examined.sql(
        "UPDATE kafka_offsets SET first_offset = first_offset + 7, next_offset = next_offset + 7 "
        "WHERE topic = 'whatsapp.statuses' AND partition = 3"
    )
    found = only(examined.findings())
    assert found.check == "lag"
    assert found.what.startswith("whatsapp.statuses ends 7 records before what has landed")


@pytest.mark.kafka
def test_records_removed_before_they_landed(broker: str, tmp_path: Path) -> None:
    site = Examined(broker, tmp_path)
    with site.connection:
        site.publish(STATUSES, *statuses("a", "b", "c"))
        end = extents(broker, [STATUSES.name])[STATUSES.name, 0].end
        admin = AdminClient({"bootstrap.servers": broker, "log_level": 0})
        (gone,) = admin.delete_records([TopicPartition(STATUSES.name, 0, end - 1)]).values()
        gone.result(120)
        lost, waiting = (found for found in bad(site.findings()) if found.check == "lag")
    assert lost.what == "whatsapp.statuses: 2 records removed by retention before landing"
    assert "--accept-gap" in str(lost.advice)
    assert waiting.what == "whatsapp.statuses: 1 record waiting and nothing lands"


def test_waiting_records_are_a_problem_only_if_nothing_lands(examined: Examined) -> None:
    examined.publish(STATUSES, *statuses("a", "b"))
    findings = examined.findings()
    assert only(findings).what == "whatsapp.statuses: 2 records waiting and nothing lands"
    assert code(findings) == 1


def test_dead_letters_have_advice(examined: Examined) -> None:
    (letter,) = normalise(
        b"{+15551234567", source="s", dialect="auto", business_number=None, received_at=NOW_US
    )
    examined.land(DEAD_LETTERS, framed(DEAD_LETTERS, letter.record))
    examined.land(STATUSES, b"junk")
    examined.sql(
        "INSERT INTO dead_letters SELECT * REPLACE ('call +15551234567' AS reason) "
        "FROM dead_letters WHERE reason = 'undecodable'"
    )
    examined.sql("UPDATE kafka_offsets SET dead_letters = 2 WHERE dead_letters = 1")
    examined.sql("UPDATE dead_letters SET received_at = now()")
    findings = [found for found in examined.findings() if found.check == "dead letters"]
    assert {found.level for found in findings} == {"warning"}
    assert [found.what for found in findings] == [
        "1 dead letter within 24 hours: malformed_json",
        "1 dead letter within 24 hours: undecodable",
        "1 dead letter within 24 hours: reasons of another version or writer",
    ]
    assert "replay dead-letters --reason malformed_json" in str(findings[0].advice)
    assert "5551234567" not in repr(findings)
    assert code(findings) == 0


def test_every_reason_has_its_advice() -> None:
    assert ADVICE.keys() | NO_REPLAY.keys() >= {*dead_letter.DETAILS, *POISON_REASONS}
    assert not ADVICE.keys() & NO_REPLAY.keys()


def test_a_broken_configuration(examined: Examined) -> None:
    examined.config.write_text(
        '[sources.meta]\nauth = "hmac"\napp_secrets = ["env:NOT_SET_ANYWHERE"]\n'
        '[sources.shop]\nauth = "header"\nheader = "X"\ntoken = "literal-secret"\ncolour = 1\n'
    )
    findings = examined.findings()
    found = bad(findings)
    assert [one.check for one in found] == ["configuration", "configuration"]
    assert "NOT_SET_ANYWHERE is not set" in found[0].what
    assert "sources.shop.colour" in found[1].what
    assert "literal-secret" not in repr(findings)
    assert code(findings) == 1
    examined.config.unlink()
    assert "does not exist" in only(examined.findings()).what


def test_alerts_without_a_destination_or_with_a_mistake(examined: Examined) -> None:
    source = '[sources.mine]\nauth = "none"\n'
    examined.config.write_text(source + '[[alerts]]\nname = "a"\nanomaly = true\n')
    assert "1 alert, but nowhere to send them" in only(examined.findings()).what
    examined.config.write_text(source + '[[alerts]]\nname = "a"\n')
    found = only(examined.findings())
    assert (found.level, "either metric or anomaly" in found.what) == ("problem", True)
    hook = '[destinations.hook]\nkind = "webhook"\nurl = "https://x.example/literal-secret"\n'
    examined.config.write_text(source + hook)
    findings = examined.findings()
    assert bad(findings) == []
    assert any("3 alerts, sent to hook" in one.what for one in findings)
    assert "literal-secret" not in repr(findings)


def test_an_open_source_on_a_network(examined: Examined) -> None:
    examined.config.write_text('[sources.mine]\nauth = "none"\n')
    assert bad(examined.findings()) == []
    found = bad(examined.findings(host="0.0.0.0"))  # the source, and the dashboard
    assert [(one.check, one.level) for one in found] == [("configuration", "warning")] * 2
    assert all(one.advice for one in found)


@pytest.mark.parametrize("dialect", ["onprem", "engagelab"])
def test_a_source_without_its_business_number(examined: Examined, dialect: str) -> None:
    source = f'[sources.mine]\nauth = "none"\ndialect = "{dialect}"\n'
    examined.config.write_text(source)
    found = only(examined.findings())
    assert (found.check, found.level) == ("configuration", "warning")
    assert "business_number" in str(found.advice)
    examined.config.write_text(source + 'business_number = "15550001111"\n')
    assert bad(examined.findings()) == []


def test_a_catalog_without_wal_and_of_another_version(examined: Examined) -> None:
    examined.sql("UPDATE warehouse_version SET digest = 'older'")
    assert "another version" in only(examined.findings()).what
    examined.connection.close()
    file = Location.under(examined.settings.data_dir).sqlite_file
    assert file
    change = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); "
    change += "c.execute('PRAGMA journal_mode = DELETE'); c.close()"
    subprocess.run([sys.executable, "-c", change, file], check=True)
    assert "not in WAL mode" in bad(examined.findings())[0].what


def test_a_missing_data_file(examined: Examined) -> None:
    examined.land(STATUSES, *statuses(*map(str, range(60))))
    for file in (examined.settings.data_dir / "files").rglob("*.parquet"):
        if "statuses" in str(file):
            file.unlink()
    found = bad(examined.findings())[0]
    assert (found.check, found.level) == ("catalog", "problem")


def test_the_registry(examined: Examined, own_broker: EmbeddedBroker) -> None:
    with receiver(own_broker.bootstrap) as served:
        url = str(served.admin.base_url).rstrip("/")
        assert bad(examined.findings(registry_url=url)) == []
    silent = only(examined.findings(registry_url=url.replace("//", "//user:a-password@")))
    assert (silent.check, silent.level) == ("registry", "problem")
    assert silent.what.startswith(f"{url} does not answer")
    with empty_registry() as url:
        unregistered = bad(examined.findings(registry_url=url))
    assert [found.level for found in unregistered] == ["warning"] * len(TOPICS)
    assert "not registered yet" in unregistered[0].what


@contextmanager
def empty_registry() -> Iterator[str]:
    """A registry without subjects."""
    body = b'{"error_code": 40401, "message": "Subject not found."}'
    kind = {"Content-Type": "application/vnd.schemaregistry.v1+json"}
    with answering(lambda *_: Answer(404, body, kind)) as url:
        yield url


@pytest.mark.parametrize(
    ("free", "level"), [(50 * GIB, "ok"), (GIB, "warning"), (GIB // 8, "problem")]
)
def test_free_space_on_the_disk(free: int, level: str) -> None:
    assert of_free(free).level == level


def test_a_short_secret(tmp_path: Path) -> None:
    file = tmp_path / "bluetick.toml"
    file.write_text('[sources.a]\nauth = "hmac"\napp_secrets = ["x"]\nverify_token = "y"\n')
    _, found = configuration(Settings(config=file))
    assert found.level == "warning"
    assert "app_secrets, verify_token shorter than 16" in found.what
