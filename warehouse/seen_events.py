"""Recognises events of messages that have landed before."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from schemas.content_hash import MASK

# The last half of the event_id. It is compared only among the events of one message.
EVENT = pl.col("event_id").str.tail(17).alias("event")
# Rows of earlier versions have longer hashes.
HASH = pl.col("content_hash") & MASK


def landed(known: pl.DataFrame, rows: pl.DataFrame, since: datetime) -> pl.DataFrame:
    """Which of the rows have landed since a time, by the statuses that are `known`.

    The result has event_id, content_hash, and `same`: whether with the same content. The hashes
    of `rows` must be narrow already.
    """
    earlier = known.filter(pl.col("received_at") >= since).select(
        "message_id", "event", "content_hash"
    )
    return (
        rows.select("event_id", "content_hash", "message_id", EVENT)
        .join(earlier, on=["message_id", "event"], suffix="_known")
        .group_by("event_id", "content_hash")
        .agg(same=(pl.col("content_hash") == pl.col("content_hash_known")).any())
    )
