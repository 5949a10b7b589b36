from __future__ import annotations

import pytest

from consumer.poison_guard import Breaker, PoisonFlood


def test_single_poison_records_pass() -> None:
    breaker = Breaker(window=100, least=10, share=0.9)
    for _ in range(50):
        breaker.check(10, 8)
        breaker.landed(10, 8)


def test_little_traffic_that_is_all_poison_passes() -> None:
    Breaker(window=100, least=10, share=0.9).check(9, 9)


def test_a_flood_stops_with_what_to_look_at() -> None:
    breaker = Breaker(window=100, least=10, share=0.9)
    breaker.landed(5, 5)
    with pytest.raises(PoisonFlood, match=r"11 of the last 11 .*accept-poison"):
        breaker.check(6, 6)


def test_old_batches_leave_the_window() -> None:
    breaker = Breaker(window=100, least=10, share=0.9)
    breaker.landed(1000, 0)
    with pytest.raises(PoisonFlood):
        breaker.check(100, 100)


def test_a_batch_that_has_to_wait_counts_once() -> None:
    breaker = Breaker(window=100, least=10, share=0.9)
    for _ in range(50):
        breaker.check(9, 9)
