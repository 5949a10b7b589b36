from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from dashboards.memory import KEPT, LONGEST, REST, Memory


class Clock:
    """Time that passes only when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def answering(clock: Clock, cost: float, answers: list[int]) -> int:
    """An answer that takes `cost` seconds: how many there have been."""
    clock.now += cost
    answers.append(len(answers))
    return answers[-1]


@pytest.mark.parametrize(
    ("cost", "lasts"), [(0.0, 5.0), (0.1, 5.0), (1.0, REST), (1000.0, LONGEST)]
)
def test_an_answer_holds_the_longer_the_more_it_cost(cost: float, lasts: float) -> None:
    clock, answers = Clock(), list[int]()
    memory = Memory(clock)

    for wait, expected in ((0.0, 0), (lasts - 0.01, 0), (0.02, 1)):
        clock.now += wait
        kept = memory.recall("q", lambda: answering(clock, cost, answers), at_least=5)
        assert kept.answer == expected
    assert kept.lasts == pytest.approx(lasts)


def test_a_failure_is_not_kept() -> None:
    memory = Memory(Clock())

    with pytest.raises(ZeroDivisionError):
        memory.recall("q", lambda: 1 / 0, at_least=5)
    assert memory.recall("q", lambda: 2, at_least=5).answer == 2


def test_keys_do_not_mix_and_the_oldest_are_forgotten() -> None:
    memory, asked = Memory(Clock()), list[int]()

    for key in (*range(KEPT + 1), KEPT, 0):
        memory.recall(key, lambda key=key: asked.append(key), at_least=5)  # type: ignore[misc]
    assert asked == [*range(KEPT + 1), 0]


def test_those_who_ask_the_same_at_once_are_answered_once() -> None:
    memory, asked, together = Memory(), list[int](), Barrier(4)

    def ask() -> int:
        together.wait(10)
        return memory.recall("q", lambda: asked.append(1) or len(asked), at_least=60).answer

    with ThreadPoolExecutor(4) as pool:
        answers = [future.result(10) for future in [pool.submit(ask) for _ in range(4)]]

    assert answers == [1, 1, 1, 1]
