"""Rows that no provider would send do not break a view, maintenance or a check."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from bluetick.doctor.dead_letters import dead_letters
from bluetick.doctor.duplicates import duplicates
from bluetick.doctor.finding import Finding
from bluetick.doctor.offsets import offsets
from bluetick.doctor.partition_counts import accounts
from bluetick.local.warehouse_origin import landed_sources
from bluetick.replay.dead_letters import LetterFilter, find
from schemas.topics import LANDED
from tests.support import hostile
from tests.support.lake import Lake
from tests.support.views import UNLIMITED, ago
from warehouse.tables import tables
from warehouse.views import VIEWS

pytestmark = pytest.mark.slow

Check = Callable[[duckdb.DuckDBPyConnection], Iterator[Finding]]
# Alone, since a look-up of few values is made another way than one of many.
KINDS = {
    "all": None,
    "nul": [hostile.TEXTS["nul"]],
    "nul alone": [hostile.TEXTS["nul_alone"]],
    "sql": [hostile.TEXTS["sql"]],
}
CHECKS: dict[str, Check] = {
    "offsets": lambda connection: offsets(connection, accounts(connection)),
    "duplicates": duplicates,
    "dead letters": dead_letters,
}
# The limits of a view, as they are written after its name.
SPANS = {
    "always": "",
    "lately": f"('{ago(minutes=30).isoformat()}')",
    "to the end": "('1970-01-01T00:00:00Z', '2100-01-01T00:00:00Z')",
}
# So many files of a table are enough for maintenance to merge them.
LANDINGS = 9


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """The values of the warehouse, one of KINDS."""
    return str(request.param)


@pytest.fixture(scope="module")
def odd(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A warehouse with odd values in every column."""
    folder, texts = tmp_path_factory.mktemp("odd"), KINDS[kind]
    if texts is None:
        shutil.copytree(hostile.every_text(tmp_path_factory), folder, dirs_exist_ok=True)
    lake = Lake(folder)
    with lake.connection:
        if texts:
            hostile.land(lake, texts)
        yield lake


def test_every_event_lands_as_a_row(odd: Lake) -> None:
    for table in ("statuses", "messages", "errors", "account_events"):
        assert odd.rows(f"SELECT count(*) > 0 FROM {table}") == [(True,)]
    assert odd.rows("SELECT count(*) FROM dead_letters WHERE reason = 'invalid_values'") == [(0,)]


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_answers(odd: Lake, kind: str, view: str) -> None:
    for name, span in SPANS.items():
        if view == "freshness" and name == "to the end":
            continue  # it has no end
        if name == "always" and kind != "all" and view not in UNLIMITED:
            continue  # the same rows as to the end, by the same SQL
        if name == "always" or view not in UNLIMITED:
            odd.rows(f"FROM {view}{span}")


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_finds_nothing_wrong(odd: Lake, name: str) -> None:
    assert [found for found in CHECKS[name](odd.connection) if found.level == "problem"] == []


def test_tables_and_commands_read_it(odd: Lake) -> None:
    for table in tables():
        for batch in odd.connection.execute(f"FROM {table}").to_arrow_reader(1000):
            batch.to_pylist()
    assert landed_sources(odd.location)
    total, found = find(odd.connection, LetterFilter())
    assert total == sum(map(len, found)) > 0


def test_maintenance_succeeds_and_loses_nothing(
    odd: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    counts = [f"SELECT count(*) FROM {topic.table}" for topic in LANDED]
    before = [odd.rows(sql) for sql in counts]

    with caplog.at_level(logging.WARNING):
        odd.maintain(keep=0)

    assert caplog.records == []
    assert [odd.rows(sql) for sql in counts] == before


def test_texts_of_several_megabytes_land_whole(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    events = {topic: list(hostile.one_huge(topic)) for topic in LANDED}
    with lake.connection:
        for first in range(LANDINGS):
            huge = {topic: fields[first::LANDINGS] for topic, fields in events.items()}
            moves = lake.land_topics({topic: fields for topic, fields in huge.items() if fields})
            assert {move.log.topic: move.landed for move in moves} == {
                topic.name: len(fields) for topic, fields in huge.items() if fields
            }
        since = (ago() - timedelta(hours=1)).isoformat()
        for view in VIEWS:
            lake.rows(f"FROM {view}" if view in UNLIMITED else f"FROM {view}('{since}')")
        lake.maintain(keep=0)
