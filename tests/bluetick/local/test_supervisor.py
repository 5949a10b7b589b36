"""Real child processes that end by themselves; the tests control the clock."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluetick.local.process import TAIL_LINES, Child
from bluetick.local.supervisor import Supervisor, manner
from tests.support.command import environment
from tests.support.waiting import wait_for

# It ends at once, on purpose, with an explanation.
BROKEN = ("land", "--batch-rows", "0")


class Watched:
    """A supervisor, the texts that it has printed, and its clock."""

    def __init__(self, folder: Path) -> None:
        self.printed: list[str] = []
        self.now = 0.0
        self.folder = folder
        self.parts = Supervisor(self.make, self.printed.append, lambda: self.now)

    def make(self, name: str) -> Child:
        return Child(name, logs=self.folder, env=environment())

    def await_end(self) -> Child:
        wait_for(lambda: self.parts.ended() is not None)
        child = self.parts.ended()
        assert child
        return child


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    found = Watched(tmp_path)
    yield found
    for name in ("consumer", "simulator"):
        found.parts.end(name)


def test_a_part_is_started_again_after_growing_pauses(watched: Watched) -> None:
    watched.parts.start("consumer", BROKEN, again=lambda: BROKEN)
    for pause in (1, 2, 4):
        watched.await_end()
        assert watched.parts.tend() is None
        assert watched.parts.tend() is None
        assert watched.printed.pop().startswith(
            f"The consumer ended (exit code 2). Starting it again in {pause} s; its log "
            f"{watched.folder}/consumer.log ends with: Error: Invalid value for '--batch-rows'"
        )
        assert watched.printed == []
        watched.now += pause - 0.1
        watched.parts.tend()
        assert watched.parts.ended()
        watched.now += 0.1
        watched.parts.tend()
        assert watched.parts.ended() is None
    log = (watched.folder / "consumer.log").read_text()
    assert log.count("--- started again ---") == 3
    assert log.count("Usage:") >= 3


def test_each_start_has_arguments_of_its_own(watched: Watched) -> None:
    later = [("--version",), ("--help",)]
    watched.parts.start("consumer", BROKEN, again=lambda: later.pop(0))
    watched.await_end()
    watched.parts.tend()
    watched.parts.hasten("consumer")
    watched.parts.tend()
    assert watched.await_end().exit_code == 0
    assert watched.await_end().last_lines().startswith("bluetick ")


def test_a_part_that_is_not_restarted_is_returned(watched: Watched) -> None:
    watched.parts.start("simulator", BROKEN)
    child = watched.await_end()
    assert watched.parts.tend() is child
    assert "--batch-rows" in watched.parts.log_end("simulator")
    assert watched.printed == []


def test_a_part_that_was_ended_stays_so_until_it_is_resumed(watched: Watched) -> None:
    watched.parts.start("consumer", BROKEN, again=lambda: BROKEN)
    watched.await_end()
    watched.parts.tend()
    assert watched.parts.end("consumer") == 2
    watched.now += 100
    assert watched.parts.tend() is None
    assert watched.parts.ended() is None
    watched.parts.resume("consumer")
    assert watched.await_end().exit_code == 2


def test_a_process_that_cannot_start_is_tried_again(watched: Watched) -> None:
    def nothing() -> tuple[str, ...]:
        raise OSError(11, "Resource temporarily unavailable")

    watched.parts.start("consumer", BROKEN, again=nothing)
    watched.await_end()
    watched.parts.tend()
    watched.now += 1
    watched.parts.tend()
    assert watched.printed[-1] == (
        "The consumer could not be started (Resource temporarily unavailable). Trying again in 2 s."
    )
    watched.now += 1.9
    watched.parts.tend()
    assert len(watched.printed) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="has no /dev/full")
def test_a_full_disk_stops_no_child(tmp_path: Path) -> None:
    (tmp_path / "part.log").symlink_to("/dev/full")
    # So it prints more than fits in a pipe.
    child = Child("part", logs=tmp_path, env=environment(PYTHONVERBOSE="1"))
    child.start(["--version"])
    wait_for(lambda: not child.running)
    assert child.exit_code == 0
    assert len(child.last_lines().splitlines()) == TAIL_LINES
    assert (tmp_path / "part.log").is_symlink()
    child.stop(5, hurry=threading.Event())


def test_the_end_of_a_process_in_words() -> None:
    assert manner(1) == "exit code 1"
    assert manner(-signal.SIGKILL) == "signal 9"
