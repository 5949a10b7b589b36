"""Lands batches in a real warehouse, so that no row that was decoded can stop a consumer."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from consumer.writer import land, read
from tests.fuzz.frames import Frames
from tests.support.lake import Lake
from tests.support.records import log_of, records, span
from warehouse.offsets import live_positions


@functools.cache
def _lake() -> tuple[tempfile.TemporaryDirectory[str], Lake]:
    """The warehouse of this process."""
    folder = tempfile.TemporaryDirectory(prefix="bluetick-fuzz-")
    return folder, Lake(Path(folder.name))


def missing(batch: Frames) -> int:
    """How many records of a batch are neither rows, dead letters nor known before, once landed.

    Raises whatever keeps the batch from landing.
    """
    _, lake = _lake()
    start = live_positions(lake.connection)[log_of(batch.topic), 0]
    values = [frame.value for frame in batch.frames.values()]
    spans = [span(batch.topic, start, start + len(values))]
    decoded = read(spans, records(batch.topic, values, start), batch.registry)
    (move,) = land(lake.connection, decoded)
    return len(values) - move.landed - move.duplicates - move.dead_letters
