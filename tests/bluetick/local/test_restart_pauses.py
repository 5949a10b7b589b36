"""The pause before a part that has ended is started again."""

from __future__ import annotations

from bluetick.local.restart_pauses import Pauses


class Clock:
    """A clock that the test controls, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_they_grow_up_to_a_minute() -> None:
    pauses = Pauses(Clock())
    found = []
    for _ in range(9):
        found.append(pauses.begin())
        pauses.end()
    assert found == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_pause_ends_at_its_time() -> None:
    clock = Clock()
    pauses = Pauses(clock)
    assert not pauses.waiting
    assert not pauses.over
    pauses.begin()
    pauses.end()
    assert pauses.begin() == 2
    clock.now += 1.9
    assert pauses.waiting
    assert not pauses.over
    clock.now += 0.1
    assert pauses.over
    pauses.end()
    assert not pauses.waiting
    assert not pauses.over


def test_after_a_minute_of_running_pauses_start_from_the_first() -> None:
    clock = Clock()
    pauses = Pauses(clock)
    for _ in range(4):
        pauses.begin()
        pauses.end()
    clock.now += 59
    assert pauses.begin() == 16
    pauses.end()
    clock.now += 60
    assert pauses.begin() == 1


def test_a_pause_does_not_count_as_running() -> None:
    clock = Clock()
    pauses = Pauses(clock)
    for expected in (1, 2, 4, 8, 16, 32, 60, 60):
        assert pauses.begin() == expected  # as if each start failed at once
        clock.now += expected


def test_a_pause_can_be_ended_early() -> None:
    pauses = Pauses(Clock())
    pauses.cut_short()
    assert not pauses.over
    pauses.begin()
    pauses.cut_short()
    assert pauses.over
