"""The events of messages that have landed, in few bytes, to recognise repeated ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
import polars as pl

from schemas.content_hash import MASK

# `event` is the last half of the event_id. It is compared only among the events of one message.
EVENTS: dict[str, type[pl.DataType]] = {
    "message_id": pl.String,
    "event": pl.UInt64,
    "content_hash": pl.Int64,
    "received": pl.UInt32,  # seconds since 1970
}
_BYTES = np.dtype([("event", "<u8"), ("content_hash", "<i8"), ("received", "<u4")])
_EVENT = (
    pl.col("event_id")
    .str.replace_all("-", "", literal=True)
    .str.tail(16)
    .str.to_integer(base=16, dtype=pl.UInt64)
    .alias("event")
)
# Rows and stores of earlier versions have longer hashes.
_HASH = pl.col("content_hash") & MASK


def events(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns EVENTS of rows with event_id, content_hash, message_id and received_at."""
    received = pl.col("received_at").dt.epoch("s").cast(pl.UInt32)
    return rows.select("message_id", _EVENT, _HASH, received=received)


def landed(known: pl.DataFrame, rows: pl.DataFrame, since: datetime) -> pl.DataFrame:
    """Which of the rows have landed since a time, by what is `known`, with the columns EVENTS.

    The result has event_id, content_hash, and `same`: whether with the same content. The hashes
    of `rows` must be narrow already.
    """
    earlier = known.filter(pl.col("received") >= int(since.timestamp()))
    return (
        rows.select("event_id", "content_hash", "message_id", _EVENT)
        .join(earlier, on=["message_id", "event"], suffix="_known")
        .group_by("event_id", "content_hash")
        .agg(same=(pl.col("content_hash") == pl.col("content_hash_known")).any())
    )


def to_bytes(known: pl.DataFrame) -> Iterator[tuple[str, bytes]]:
    """The id of each message, and the bytes of its events."""
    latest = (
        known.group_by("message_id", "event", "content_hash")
        .agg(pl.col("received").max())
        .sort("message_id")
    )
    packed = np.empty(len(latest), _BYTES)
    for name in _BYTES.names or ():
        packed[name] = latest[name].to_numpy()
    start = 0
    for message_id, count in latest.group_by("message_id", maintain_order=True).len().iter_rows():
        yield message_id, packed[start : start + count].tobytes()
        start += count


def from_bytes(ids: Sequence[str], texts: Sequence[bytes]) -> pl.DataFrame:
    """The columns EVENTS of these messages."""
    packed = np.frombuffer(b"".join(texts), _BYTES)
    counts = [len(text) // _BYTES.itemsize for text in texts]
    places = np.repeat(np.arange(len(ids), dtype=np.uint32), counts)
    return pl.DataFrame(
        {
            "message_id": pl.Series(ids, dtype=pl.String).gather(places),
            **{name: np.ascontiguousarray(packed[name]) for name in _BYTES.names or ()},
        },
        schema=EVENTS,
    ).with_columns(_HASH)
