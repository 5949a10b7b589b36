"""Rows that are older than their table keeps them go; the sums of the pages stay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bluetick.doctor.offsets import offsets
from bluetick.doctor.partition_counts import accounts
from bluetick.doctor.rollups import sums
from schemas.topics import (
    ACCOUNT_EVENTS,
    DEAD_LETTERS,
    ERRORS,
    MESSAGES,
    SENDS,
    STATUSES,
    Topic,
)
from tests.support.lake import Lake, lake
from warehouse import retention, rollups
from warehouse.recent_statuses import RecentStatuses
from warehouse.retention import Retention
from warehouse.transaction import transact

__all__ = ["lake"]

Pages = list[list[tuple[object, ...]]]
DAYS = 60
SUMS = (
    "SELECT outcome, category, sum(messages)::BIGINT FROM outcome_counts GROUP BY ALL ORDER BY ALL",
    "SELECT market, campaign, sum(messages)::BIGINT FROM campaign_counts GROUP BY ALL ORDER BY ALL",
    "FROM billing ORDER BY ALL",
)


def midnight() -> datetime:
    """The start of this day, which a long run of tests may change."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def at(days: float, **fields: Any) -> dict[str, Any]:
    """The fields of an event from so many days before midnight."""
    moment = int((midnight() - timedelta(days=days)).timestamp() * 1_000_000)
    return {"occurred_at": moment, "received_at": moment + 1, **fields}


def status(name: str, days: float, what: str) -> dict[str, Any]:
    return at(
        days,
        message_id=f"wamid.{name}",
        status=what,
        recipient_id="5511987654321",
        display_phone_number="15550001111",
        pricing_type="regular",
        category="marketing",
    )


def land_statuses(lake: Lake) -> None:
    """Four messages: before the limit, across it, shortly after it, and recent."""
    for batch in (
        [status("GONE", 100, "sent"), status("GONE", 99, "delivered")],
        [status("HALF", 60.5, "sent"), status("HALF", 60.2, "delivered")],
        [status("HALF", 59, "read"), status("AFTER", 45, "failed")],
        [status("NEW", 20, "sent"), status("NEW", 19, "delivered")],
    ):
        lake.land_events(STATUSES, *batch)


def seen(lake: Lake) -> Pages:
    """What the pages say."""
    return [lake.rows(sql) for sql in SUMS]


def in_files(lake: Lake, table: str, what: str) -> list[tuple[object, ...]]:
    """What Parquet files on the disk hold of a table, whether they are in use or not."""
    return lake.rows(
        f"SELECT DISTINCT {what} FROM read_parquet(?) ORDER BY ALL",
        f"{lake.location.data_path}main/{table}/**/*.parquet",
    )


@pytest.fixture(scope="module")
def aged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lake, Pages]]:
    """A warehouse after its old rows were removed, and what the pages said before."""
    lake = Lake(tmp_path_factory.mktemp("aged"))
    with lake.connection:
        land_statuses(lake)
        said = (("GONE", 100), ("HALF", 60.5), ("AFTER", 45), ("NEW", 20), ("SILENT", 59))
        sends = [at(days, message_id=f"wamid.{name}") for name, days in said]
        lake.land_events(SENDS, *sends)
        before = seen(lake)
        lake.maintain(0, Retention(statuses=DAYS))
        yield lake, before


def test_rows_are_gone_and_the_sums_stay(aged: tuple[Lake, Pages]) -> None:
    lake, before = aged
    assert in_files(lake, "statuses", "message_id, status") == [
        ("wamid.AFTER", "failed"),
        ("wamid.HALF", "read"),
        ("wamid.NEW", "delivered"),
        ("wamid.NEW", "sent"),
    ]
    assert lake.rows("SELECT removed_before, complete_from FROM retention") == [
        (midnight() - timedelta(days=DAYS), midnight() - timedelta(days=DAYS - 31))
    ]
    assert all(before)
    assert seen(lake) == before


def test_a_rebuild_keeps_the_sums_and_doctor_is_quiet(aged: tuple[Lake, Pages]) -> None:
    lake, before = aged
    lake.connection.execute(
        "DELETE FROM rollups WHERE time >= ?", [midnight() - timedelta(days=29)]
    )
    assert seen(lake) != before
    transact(lake.connection, lambda: rollups.rebuild(lake.connection))
    assert seen(lake) == before
    findings = [*offsets(lake.connection, accounts(lake.connection)), sums(lake.connection)]
    findings.append(sums(lake.connection, many=0))  # of some days
    assert [finding.level for finding in findings] == ["ok"] * len(findings)


def test_a_send_without_a_status_is_unreported_only_if_none_can_be_gone(
    aged: tuple[Lake, Pages],
) -> None:
    lake, _ = aged
    assert lake.rows("SELECT message_id, outcome FROM send_outcomes ORDER BY sent_at") == [
        ("wamid.GONE", None),
        ("wamid.HALF", "read"),
        ("wamid.SILENT", "unreported"),
        ("wamid.AFTER", "failed"),
        ("wamid.NEW", "delivered"),
    ]
    assert lake.rows("SELECT message_id FROM unreported") == [("wamid.SILENT",)]


def test_what_is_gone_does_not_count_again(lake: Lake, tmp_path: Path) -> None:
    land_statuses(lake)
    before = seen(lake)
    lake.maintain(0, Retention(statuses=DAYS))
    lake.recent = RecentStatuses(tmp_path / "states")
    lake.recent.fill(lake.connection)
    lake.land_events(STATUSES, status("GONE", 100, "sent"), status("NEW", 18, "read"))
    lake.land_events(STATUSES, status("GONE", 99, "delivered"))
    after = seen(lake)
    assert after[1:] == before[1:]
    # Of the message NEW, one is read now instead of delivered.
    assert after[0] == [
        (word, "marketing", n) for word, n in (("delivered", 1), ("failed", 1), ("read", 2))
    ]
    assert sums(lake.connection).level == "ok"


OTHERS: tuple[tuple[Topic, dict[str, Any]], ...] = (
    (MESSAGES, {"content": '{"body":"hello"}'}),
    (ERRORS, {"title": "hello"}),
    (ACCOUNT_EVENTS, {"field": "x", "value": "hello"}),
    (SENDS, {"extra": '{"order":"hello"}'}),
    (DEAD_LETTERS, {"reason": "too_deep", "payload": b"hello"}),
)


def test_each_table_has_its_own_days(lake: Lake, tmp_path: Path) -> None:
    kept = {}
    for number, (topic, fields) in enumerate(OTHERS):
        kept[str(topic.table)] = number + 10
        lake.land_events(topic, *(at(days, **fields) for days in (9, 11, 12, 13, 14, 15)))
    wrong_clock = {**at(20), "occurred_at": at(-3000)["occurred_at"]}
    lake.land_events(ERRORS, wrong_clock)
    lake.land_events(MESSAGES, at(20, message_id="wamid.0000OLD"), at(1, message_id="wamid.1NEW"))
    assert b"wamid.0000OLD" in catalog(tmp_path)
    lake.maintain(0, Retention(**kept))
    for number, table in enumerate(kept):
        days = in_files(lake, table, "occurred_at")
        assert len(days) == number + 1 + (table == "messages"), table
    assert {finding.level for finding in offsets(lake.connection, accounts(lake.connection))} == {
        "ok"
    }
    assert b"wamid.0000OLD" not in catalog(tmp_path)
    assert b"wamid.1NEW" in catalog(tmp_path)


def catalog(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("warehouse.sqlite*"))


def test_a_reaction_stays_without_its_content_while_its_statuses_do(lake: Lake) -> None:
    reaction = {"field": "echo", "event": "reaction", "value": '{"emoji":"+"}'}
    lake.land_events(STATUSES, status("R", 20, "delivered"))
    lake.land_events(ACCOUNT_EVENTS, at(20, message_id="wamid.R", **reaction))
    lake.maintain(0, Retention(account_events=10))
    assert in_files(lake, "account_events", "message_id, value") == [("wamid.R", None)]
    assert sums(lake.connection).level == "ok"
    assert lake.rows("FROM outcomes") == []


def test_it_goes_file_by_file(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ROUND_BYTES", 1)
    for days in (30, 20, 5):
        lake.land_events(ERRORS, at(days))

    def step() -> int:
        return transact(lake.connection, lambda: retention.remove(lake.connection, "errors", 10))

    done = "SELECT finished_at IS NOT NULL FROM retention"
    assert (step(), lake.rows("SELECT count(*) FROM errors"), lake.rows(done)) == (
        1,
        [(2,)],
        [(False,)],
    )
    assert (step(), step()) == (1, 0)
    assert (lake.rows("SELECT count(*) FROM errors"), lake.rows(done)) == ([(1,)], [(True,)])
