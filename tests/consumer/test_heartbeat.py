"""When a consumer reports that it works: with a real warehouse, and with and without a broker."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from consumer.heartbeat import BEAT_SECONDS, Heartbeat
from consumer.topic_ids import TopicIds
from tests.support.lake import Lake, lake
from tests.support.locked_catalog import locked_catalog
from tests.support.ports import HOST, free_port
from warehouse.connection import connect
from warehouse.renewal import Warehouse

__all__ = ["lake"]
pytestmark = pytest.mark.process


def heartbeat(lake: Lake, bootstrap: str, clock: Callable[[], float] = lambda: 0.0) -> Heartbeat:
    warehouse = Warehouse(lambda: connect(lake.location, busy_timeout_ms=100), lake.location)
    return Heartbeat(warehouse, TopicIds(bootstrap, timeout=5.0), None, clock)


def test_it_reports_at_intervals_while_it_has_partitions(broker: str, lake: Lake) -> None:
    now = 0.0
    report = heartbeat(lake, broker, lambda: now)

    report(0, lambda: 0)
    assert lake.rows("FROM heartbeats") == []
    report(36, lambda: 4)
    assert lake.rows("SELECT partitions, waiting FROM heartbeats") == [(36, 4)]
    report(36, lambda: 5)
    assert lake.rows("SELECT waiting FROM heartbeats") == [(4,)]
    now = BEAT_SECONDS
    report(36, lambda: 6)
    assert lake.rows("SELECT waiting FROM heartbeats") == [(6,)]


def test_without_a_broker_it_reports_nothing_and_does_not_fail(
    lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    heartbeat(lake, f"{HOST}:{free_port()}")(36, lambda: 0)

    assert lake.rows("FROM heartbeats") == []
    assert "no heartbeat now" in caplog.text


def test_with_a_locked_catalog_it_reports_nothing_and_does_not_fail(
    broker: str, lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    report = heartbeat(lake, broker)
    with locked_catalog(lake.location):
        report(36, lambda: 0)

    assert lake.rows("FROM heartbeats") == []
    assert "no heartbeat now" in caplog.text
