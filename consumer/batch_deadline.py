"""When a batch is due."""

from __future__ import annotations


def batch_deadline(last: float, now: float, seconds: float) -> float:
    """When a batch that begins `now` is due, if the last one was due at `last`.

    Batches are due every `seconds`. The time of a landing counts, because records wait meanwhile.
    Where landings take long, half of the time is left to collect, so that batches do not get small.
    """
    return min(max(last + seconds, now + seconds / 2), now + seconds)
