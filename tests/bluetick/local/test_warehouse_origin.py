"""The sources and clusters in a warehouse, and which of them must not be mixed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bluetick.local.broker import CLUSTER_PREFIX
from bluetick.local.warehouse_origin import OtherKafka, check_embedded, landed_sources, own_clusters
from schemas.topics import DEAD_LETTERS, MESSAGES, STATUSES
from tests.support.command import run
from tests.support.lake import Lake, lake
from tests.support.stack import ports_of
from warehouse.connection import Location

__all__ = ["lake"]


def test_without_a_warehouse_there_is_nothing_to_mix(tmp_path: Path) -> None:
    location = Location.under(tmp_path)
    assert landed_sources(location) == set()
    assert own_clusters(location) == set()
    check_embedded(location)


def test_sources_of_all_events(lake: Lake) -> None:
    lake.land_events(STATUSES, {"source": "meta"}, {"source": "demo-shop"})
    lake.land_events(MESSAGES, {"source": "positus"})
    lake.land_events(DEAD_LETTERS, {"source": "nobody", "reason": "malformed_json"})
    assert landed_sources(lake.location) == {"meta", "demo-shop", "positus"}


def test_the_embedded_broker_never_replaces_a_kafka(lake: Lake, tmp_path: Path) -> None:
    assert own_clusters(lake.location) == {"cluster"}
    with pytest.raises(OtherKafka, match="cluster cluster"):
        check_embedded(lake.location)
    done = run("up", env=ports_of(tmp_path))
    assert done.returncode == 1
    assert "KAFKA_BOOTSTRAP_SERVERS" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_embedded_broker_may_replace_another(lake: Lake) -> None:
    lake.rows(f"UPDATE kafka_offsets SET cluster_id = '{CLUSTER_PREFIX}before'")
    check_embedded(lake.location)


def test_a_retired_kafka_does_not_count(lake: Lake) -> None:
    lake.rows("UPDATE kafka_offsets SET retired_at = now()")
    check_embedded(lake.location)
