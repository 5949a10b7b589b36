from __future__ import annotations

import pytest

from consumer.poison_guard import PoisonFlood, PoisonGuard


def test_little_traffic_that_is_all_poison_passes() -> None:
    PoisonGuard(least=10).check(9, 9)


def test_a_consumer_that_decodes_nothing_stops_with_advice() -> None:
    guard = PoisonGuard(least=10)
    guard.landed(5, 5)
    with pytest.raises(PoisonFlood, match=r"first 11 records .*accept-poison"):
        guard.check(6, 6)


def test_one_good_record_in_the_batch_is_enough() -> None:
    PoisonGuard(least=10).check(1000, 999)


def test_poison_cannot_stop_a_consumer_that_has_decoded_a_record() -> None:
    guard = PoisonGuard(least=10)
    guard.landed(1, 0)
    for _ in range(50):
        guard.check(1000, 1000)
        guard.landed(1000, 1000)


def test_a_batch_that_has_to_wait_counts_once() -> None:
    guard = PoisonGuard(least=10)
    for _ in range(50):
        guard.check(9, 9)
