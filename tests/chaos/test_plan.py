"""A plan depends only on its seed, and has exactly the requested number of kills."""

from __future__ import annotations

import pytest

from tests.chaos.plan import BROKER, FILL, KILL, NETWORK, kills_by_component, plan


def test_same_seed_same_plan() -> None:
    assert plan(7, 50, consumers=2, broker_survives=True) == plan(
        7, 50, consumers=2, broker_survives=True
    )
    assert plan(7, 50, consumers=2, broker_survives=True) != plan(
        8, 50, consumers=2, broker_survives=True
    )


@pytest.mark.parametrize("seed", range(5))
def test_kills_are_counted_without_cut_connections(seed: int) -> None:
    steps = plan(seed, 50, consumers=2, broker_survives=True)
    kills = kills_by_component(steps)
    assert sum(kills.values()) - kills.get(NETWORK, 0) == 50
    assert set(kills) >= {"receiver", "consumer", "broker"}


def test_a_broker_that_keeps_its_log_in_memory_is_frozen_but_not_killed() -> None:
    steps = plan(1, 100, consumers=3, broker_survives=False)
    assert any(step.target == BROKER for step in steps)
    assert not any(step.target == BROKER and step.action == KILL for step in steps)


def test_every_consumer_is_killed() -> None:
    steps = plan(1, 100, consumers=3, broker_survives=True)
    targets = {step.target for step in steps}
    assert targets >= {"consumer-1", "consumer-2", "consumer-3"}
    assert "consumer" not in targets


def test_servers_of_the_warehouse_are_killed_and_their_disk_is_never_full() -> None:
    steps = plan(1, 100, consumers=3, broker_survives=True, servers=True)
    kills = kills_by_component(steps)
    assert set(kills) >= {"receiver", "consumer", "broker", "postgres", "store"}
    assert not any(step.action == FILL for step in steps)
