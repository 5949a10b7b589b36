"""Reports of consumers: one row each, and none of those that were silent for long."""

from __future__ import annotations

from tests.support.lake import Lake, lake
from warehouse.heartbeats import beat

__all__ = ["lake"]


def test_a_report_replaces_the_one_before(lake: Lake) -> None:
    beat(lake.connection, "a", partitions=6, waiting=3)
    beat(lake.connection, "b", partitions=6, waiting=0)
    ((before,),) = lake.rows("SELECT beat_at FROM heartbeats WHERE consumer = 'a'")
    beat(lake.connection, "a", partitions=12, waiting=1)

    found = lake.rows("SELECT consumer, partitions, waiting FROM heartbeats ORDER BY ALL")

    assert found == [("a", 12, 1), ("b", 6, 0)]
    assert lake.rows("SELECT beat_at > ? FROM heartbeats WHERE consumer = 'a'", before) == [(True,)]


def test_a_consumer_that_was_silent_for_an_hour_is_forgotten(lake: Lake) -> None:
    beat(lake.connection, "gone", partitions=6, waiting=3)
    lake.connection.execute("UPDATE heartbeats SET beat_at = now() - INTERVAL 61 MINUTES")

    beat(lake.connection, "a", partitions=6, waiting=0)

    assert lake.rows("SELECT consumer FROM heartbeats") == [("a",)]
