from __future__ import annotations

import pytest

from consumer.poison_guard import PoisonFlood, PoisonGuard


def test_single_poison_records_pass() -> None:
    guard = PoisonGuard(window=100, least=10, share=0.9)
    for _ in range(50):
        guard.check(10, 8)
        guard.landed(10, 8)


def test_little_traffic_that_is_all_poison_passes() -> None:
    PoisonGuard(window=100, least=10, share=0.9).check(9, 9)


def test_a_flood_stops_with_what_to_look_at() -> None:
    guard = PoisonGuard(window=100, least=10, share=0.9)
    guard.landed(5, 5)
    with pytest.raises(PoisonFlood, match=r"11 of the last 11 .*accept-poison"):
        guard.check(6, 6)


def test_old_batches_leave_the_window() -> None:
    guard = PoisonGuard(window=100, least=10, share=0.9)
    guard.landed(1000, 0)
    with pytest.raises(PoisonFlood):
        guard.check(100, 100)


def test_a_batch_that_has_to_wait_counts_once() -> None:
    guard = PoisonGuard(window=100, least=10, share=0.9)
    for _ in range(50):
        guard.check(9, 9)
