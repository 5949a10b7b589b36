"""Repetitions of what an earlier version landed, with 64-bit hashes, are recognised.

`long-hashes.tar.gz` is a warehouse with its store. The last version with such hashes made it from
the fixtures that its `cases.txt` names.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from bluetick.doctor.duplicates import duplicates
from schemas.content_hash import MASK
from schemas.topics import LANDED, SENDS, STATUSES, Topic
from tests.support.fixtures import ROOT, load
from tests.support.lake import Lake
from tests.support.records import framed
from warehouse.recent_statuses import RecentStatuses


@pytest.fixture
def old(tmp_path: Path) -> Path:
    with tarfile.open(ROOT / "warehouse" / "long-hashes.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "data"


def events(cases: list[str]) -> dict[Topic, list[bytes]]:
    """What the receiver publishes today for these fixtures, by topic."""
    found: dict[Topic, list[bytes]] = {}
    for fixture in load():
        if fixture.dialect == "cloud" and fixture.case in cases:
            for made in fixture.normalise():
                found.setdefault(made.topic, []).append(framed(made.topic, made.record))
    return found


@pytest.mark.parametrize("with_store", [False, True], ids=["warehouse", "store"])
def test_a_repeated_webhook_is_no_conflict(old: Path, with_store: bool) -> None:
    repeated = events((old / "cases.txt").read_text().split())
    lake = Lake(old)
    with lake.connection:
        assert lake.rows(
            f"SELECT count(*) FROM statuses WHERE content_hash & {MASK} = content_hash"
        ) == [(0,)]
        if with_store:
            lake.recent = RecentStatuses(old / "states" / "0")
        for topic in set(LANDED) - {SENDS}:  # no provider reports these
            move = lake.land(topic, *repeated[topic])
            assert (move.landed, move.conflicts) == (0, 0), topic.name
            assert move.duplicates == len(repeated[topic]) > 0
        if lake.recent:
            lake.recent.close()


def test_the_same_row_with_both_hashes_is_found(old: Path) -> None:
    lake = Lake(old)
    with lake.connection:
        assert {found.level for found in duplicates(lake.connection)} == {"ok"}
        lake.rows(
            "INSERT INTO statuses "
            f"SELECT * REPLACE (content_hash & {MASK} AS content_hash) FROM statuses LIMIT 1"
        )
        (twin, _) = duplicates(lake.connection)
        assert twin.what == f"{STATUSES.table}: 1 repeated row"
