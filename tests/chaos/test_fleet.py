"""The supervisor restarts processes that end, and can end frozen ones."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.fleet import Fleet
from tests.support.process import Child

SLEEP = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    one = Fleet(
        {
            "sleeper": Child(SLEEP, log=tmp_path / "sleeper.log"),
            "quitter": Child(
                [sys.executable, "-S", "-c", "raise SystemExit(3)"], log=tmp_path / "quitter.log"
            ),
        }
    )
    yield one
    one.end()


def test_a_killed_child_comes_back(fleet: Fleet) -> None:
    fleet.start("sleeper")
    before = fleet.children["sleeper"].pid
    fleet.kill("sleeper", 0.1)
    assert not fleet.children["sleeper"].running
    assert fleet.await_running("sleeper")
    assert fleet.children["sleeper"].pid != before
    assert fleet.kills == {"sleeper": 1}


def test_a_frozen_child_can_be_killed_and_comes_back(fleet: Fleet) -> None:
    fleet.start("sleeper")
    fleet.pause("sleeper", 60)
    fleet.kill("sleeper", 60)
    fleet.settle()
    assert fleet.children["sleeper"].running


def test_a_child_that_ends_by_itself_is_reported_and_started_again(fleet: Fleet) -> None:
    fleet.start("sleeper")
    fleet.start("quitter")
    assert fleet.spend_until(lambda: fleet.exits["quitter 3"] >= 2, timeout=20)
    assert "sleeper 0" not in fleet.exits


def test_a_stopped_child_is_not_started_again(fleet: Fleet) -> None:
    fleet.start("sleeper")
    assert fleet.stop("sleeper") == -15
    fleet.spend(0.1)
    assert not fleet.children["sleeper"].running
