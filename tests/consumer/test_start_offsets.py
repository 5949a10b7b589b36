from __future__ import annotations

import pytest

from consumer.start_offsets import Consent, begin, resume
from schemas.topics import STATUSES
from tests.support.lake import Lake, lake
from tests.support.records import log_of
from warehouse.offsets import Log, LogChanged, live_positions

__all__ = ["lake"]

LOG = log_of(STATUSES)
RECREATED = Log(LOG.cluster_id, "another-id", LOG.topic)
ELSEWHERE = Log("another-cluster", LOG.topic_id, LOG.topic)


def first(lake: Lake, log: Log, partition: int, low: int, consent: Consent) -> int:
    return begin(lake.connection, {(log, partition): low}, consent)[log, partition]


def test_a_partition_never_landed_begins_at_its_low_offset(
    lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    assert first(lake, LOG, 2, 0, Consent()) == 0
    assert "earlier records were removed" not in caplog.text
    assert first(lake, LOG, 3, 40, Consent()) == 40
    assert "partition 3 begins at offset 40: earlier records were removed" in caplog.text
    assert first(lake, LOG, 3, 50, Consent(gap=True)) == 50


def test_a_landed_partition_continues_at_the_offset_in_the_warehouse(lake: Lake) -> None:
    lake.land_events(STATUSES, {}, {})
    assert first(lake, LOG, 0, 0, Consent()) == 2


@pytest.mark.parametrize(("log", "why"), [(RECREATED, "recreated"), (ELSEWHERE, "on cluster")])
def test_another_log_is_refused_until_the_user_consents(lake: Lake, log: Log, why: str) -> None:
    lake.land_events(STATUSES, {}, {})
    with pytest.raises(LogChanged, match=rf"{why}.*--accept-new-log"):
        first(lake, log, 0, 0, Consent(gap=True))
    assert first(lake, log, 0, 0, Consent(new_log=True)) == 0
    assert (LOG, 0) not in live_positions(lake.connection)
    assert lake.rows("SELECT count(*) FROM statuses") == [(2,)]
    # Going back is another change, which needs consent again.
    with pytest.raises(LogChanged):
        first(lake, LOG, 0, 0, Consent())


def test_records_lost_to_retention_are_named_and_counted(lake: Lake) -> None:
    lake.land_events(STATUSES, {})
    with pytest.raises(LogChanged, match=r"removed 4 records.*--accept-gap"):
        first(lake, LOG, 0, 5, Consent(new_log=True))
    assert first(lake, LOG, 0, 5, Consent(gap=True)) == 5
    assert lake.rows(
        "SELECT next_offset, landed, skipped FROM kafka_offsets "
        "WHERE topic = 'whatsapp.statuses' AND partition = 0"
    ) == [(5, 1, 4)]


def test_a_truncated_log_is_refused_until_the_user_accepts_it(lake: Lake) -> None:
    lake.land_events(STATUSES, {}, {}, {})
    with pytest.raises(LogChanged, match=r"cut short.*--accept-new-log"):
        resume(lake.connection, LOG, 0, 0, Consent(gap=True))
    assert resume(lake.connection, LOG, 0, 0, Consent(new_log=True)) == 0
    assert live_positions(lake.connection)[LOG, 0] == 0
