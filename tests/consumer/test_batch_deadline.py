"""Batches are due at a steady rate, whatever their landings take."""

from __future__ import annotations

import pytest

from consumer.batch_deadline import batch_deadline


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (10.0, 10.2, 11.0),  # the landing took 0.2 of the second
        (10.0, 10.5, 11.0),
        (10.0, 10.9, 11.4),  # a long landing leaves half of the time
        (10.0, 60.0, 60.5),
        (10.0, 9.5, 10.5),  # the last batch was full before it was due
        (0.0, 5_000.0, 5_000.5),  # the first batch
    ],
)
def test_when_a_batch_is_due(last: float, now: float, due: float) -> None:
    assert batch_deadline(last, now, 1.0) == pytest.approx(due)
