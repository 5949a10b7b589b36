from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pandas as pd
import pytest

from dashboards import query_cache as module
from dashboards.answers import Totals
from dashboards.query_cache import KEPT, KEPT_BYTES, LONGEST, REST, Memory, size_of


class Clock:
    """A clock that the test controls."""

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
def test_a_slow_query_is_cached_longer(cost: float, lasts: float) -> None:
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


def test_each_key_has_its_answer_and_the_oldest_are_dropped() -> None:
    memory, asked = Memory(Clock()), list[int]()

    for key in (*range(KEPT + 1), KEPT, 0):
        memory.recall(key, lambda key=key: asked.append(key), at_least=5)  # type: ignore[misc]
    assert asked == [*range(KEPT + 1), 0]


def frame(size: int) -> pd.DataFrame:
    """A frame of about so many bytes."""
    return pd.DataFrame({"number": np.zeros(size // 8)})


def test_the_size_of_the_cache_is_limited_for_any_number_of_keys() -> None:
    memory, part = Memory(Clock()), KEPT_BYTES // 4

    for viewer in range(10):
        for page in range(5):
            memory.recall((viewer, page), lambda: (frame(part), "selection"), at_least=300)
            assert memory.size <= KEPT_BYTES

    assert memory.size > KEPT_BYTES // 2


def test_an_answer_larger_than_the_cache_is_shared_but_not_kept_with_others() -> None:
    memory, asked = Memory(Clock()), list[str]()

    def ask(key: str) -> pd.DataFrame:
        asked.append(key)
        return frame(2 * KEPT_BYTES)

    for key in ("small", "large", "large", "other", "large"):
        memory.recall(key, lambda key=key: ask(key), at_least=300)  # type: ignore[misc]

    assert asked == ["small", "large", "other", "large"]
    assert memory.size < 3 * KEPT_BYTES


def test_expired_answers_are_dropped_by_the_next_query() -> None:
    clock = Clock()
    memory = Memory(clock)
    for key in range(9):
        memory.recall(key, lambda: frame(1_000_000), at_least=5)

    clock.now += 6
    memory.recall("next", lambda: frame(1_000), at_least=5)

    assert memory.size < 10_000


def test_failed_queries_leave_nothing_in_the_cache() -> None:
    memory = Memory(Clock())

    for key in range(1000):
        with pytest.raises(ZeroDivisionError):
            memory.recall(key, lambda: 1 / 0, at_least=5)
    memory.recall("q", lambda: 1, at_least=5)

    assert not memory._asking


@pytest.mark.parametrize(
    ("answer", "least"),
    [
        (pd.DataFrame({"text": ["x" * 1_000] * 100}), 100_000),
        (pd.DataFrame({"trend": [np.zeros(1_000)] * 100}), 800_000),
        ((frame(50_000), frame(50_000)), 100_000),
        (module.Kept(frame(50_000), 0, 0), 50_000),
        (Totals(1, 2, 3, 4, 5, 6), 50),
    ],
)
def test_the_size_of_an_answer_includes_everything_in_it(answer: object, least: int) -> None:
    assert least <= size_of(answer) <= 2 * least + 1_000


def test_the_same_query_at_the_same_time_runs_once() -> None:
    memory, asked, together = Memory(), list[int](), Barrier(4)

    def ask() -> int:
        together.wait(120)
        return memory.recall("q", lambda: asked.append(1) or len(asked), at_least=60).answer

    with ThreadPoolExecutor(4) as pool:
        answers = [future.result(120) for future in [pool.submit(ask) for _ in range(4)]]

    assert answers == [1, 1, 1, 1]
