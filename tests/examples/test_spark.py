"""Spark counts in one snapshot what the views show, and reads the topics."""

from __future__ import annotations

import json
import subprocess
from collections import Counter, defaultdict
from pathlib import Path
from xml.etree import ElementTree

import pytest

from schemas.topics import MESSAGES, STATUSES
from tests.examples.test_readers import install
from tests.support.broker import fresh_broker
from tests.support.lake import Lake
from tests.support.payloads import cloud, status
from tests.support.receiver import HOST, receiver
from tests.support.records import NOW_US
from tests.support.spark import COMPLETE, SPARK, command, environment, version
from warehouse.compaction import compact
from warehouse.transaction import transact

HOUR = 3_600_000_000
# What the views show, with the columns of the examples' queries.
SAME = {
    "delivery": "SELECT hour, source, display_phone_number, sum(messages), sum(delivered), "
    "sum(read), sum(failed), sum(sent + no_outcome) FROM delivery GROUP BY ALL",
    "failures": "SELECT day, display_phone_number, dialect, error_code, sum(messages) "
    "FROM failures GROUP BY ALL",
    "billing": "FROM billing",
    "conversations": "FROM conversations",
    "statuses": "SELECT occurred_at::DATE, status, count(*), count(DISTINCT message_id) "
    "FROM statuses GROUP BY ALL",
}
fetched = pytest.mark.skipif(not COMPLETE.exists(), reason="no Spark: run `make spark`")


def run(folder: Path, program: str, *arguments: str, **variables: str) -> list[str]:
    """The lines that an example prints."""
    done = subprocess.run(
        command(SPARK / program, *arguments),
        env=environment(variables, folder),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    said = "\n".join(line for line in done.stderr.splitlines() if " INFO " not in line)
    assert done.returncode == 0, done.stdout[-4_000:] + said[-2_000:]
    return done.stdout.splitlines()


def fill(lake: Lake) -> None:
    """Lands messages of every kind, in small and in merged files."""
    for number in range(60):
        at = NOW_US + number * HOUR
        common = {
            "message_id": f"wamid.{number}",
            "display_phone_number": f"1555000000{number % 3}",
            "category": ("marketing", "utility", None)[number % 3],
            "pricing_model": ("PMP", "CBP")[number % 2],
            "conversation_id": f"talk {number // 4}" if number % 2 else None,
            "origin": "marketing" if number % 2 else None,
            "recipient_id": f"1555{number:07d}",
            "billable": number % 5 > 0,
        }
        last = ("delivered", "read", "failed", "sent")[number % 4]
        error = {"error_code": 131049 + number % 2} if last == "failed" else {}
        lake.land_events(
            STATUSES,
            common | {"status": "sent", "occurred_at": at, "received_at": at},
            common | {"status": last, "occurred_at": at + 9, "received_at": at + 9} | error,
        )
        if number == 40:
            transact(lake.connection, lambda: compact(lake.connection, "statuses"))
    lake.land_events(
        MESSAGES, {"message_id": "wamid.in", "type": "text", "referral_source_type": "ad"}
    )
    # Two lists of deleted rows in different files. Of messages that count in no sum.
    lake.land_events(STATUSES, *({"message_id": f"x{n}", "kind": "call"} for n in range(4)))
    lake.connection.execute("DELETE FROM statuses WHERE message_id IN ('x1', 'x2')")


def normal(value: object) -> str:
    """One text for each value, whoever printed it."""
    return str(value).replace("T", " ")[:19] if value is not None else ""


@fetched
def test_spark_and_the_views_agree_about_one_snapshot(tmp_path: Path) -> None:
    install(tmp_path)
    lake = Lake(tmp_path / "data")
    with lake.connection:
        fill(lake)
        ((deletes,),) = lake.rows(
            "SELECT count(delete_file) FROM ducklake_list_files('bluetick', 'statuses')"
        )
        assert deletes
        expected = {
            name: Counter(tuple(map(normal, row)) for row in lake.rows(sql))
            for name, sql in SAME.items()
        }
    warehouse = str(tmp_path / "data" / "warehouse.sqlite")
    found: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    columns = {name: _columns(name) for name in SAME}
    for line in run(tmp_path, "warehouse.py", WAREHOUSE=warehouse):
        name, _, row = line.partition(" ")
        values = json.loads(row)
        found[name][tuple(normal(values.get(column)) for column in columns[name])] += 1
    for name, rows in expected.items():
        assert rows, name
        assert found[name] == rows, name


def _columns(name: str) -> list[str]:
    """The names of the columns, as the first SELECT of a query gives them."""
    first = (SPARK / f"{name}.sql").read_text("utf-8").partition("SELECT")[2].partition("FROM")[0]
    lines = [line.strip().rstrip(",") for line in first.strip().splitlines()]
    return [line.rpartition(" AS ")[2] for line in lines]


@fetched
def test_structured_streaming_reads_a_topic(tmp_path: Path) -> None:
    error = {"code": 131049, "title": "Not delivered"}
    with fresh_broker() as broker, receiver(broker.bootstrap) as edge:
        some = [status(f"wamid.{number}", "failed", errors=[error]) for number in range(3)]
        delivered = [status(f"wamid.{number}", "delivered") for number in range(5)]
        assert edge.post(cloud(*some, *delivered)).status_code == 200
        lines = run(
            tmp_path,
            "topics.py",
            "once",
            KAFKA_BOOTSTRAP_SERVERS=broker.bootstrap,
            SCHEMA_REGISTRY_URL=f"http://{HOST}:{edge.admin.base_url.port}",
        )
    assert sorted(lines) == [f"wamid.{number} 131049 Not delivered" for number in range(3)]


def test_every_version_is_the_same() -> None:
    pom = ElementTree.parse(SPARK / "pom.xml")
    named = [node.text for node in pom.iterfind(".//{*}dependency/{*}version")]
    assert named == [version()] * 2
    assert f"pyspark=={version()}" in (SPARK / "warehouse.py").read_text("utf-8")
