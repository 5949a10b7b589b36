"""How the statuses of a message are written in the store: as JSON, with short names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from warehouse.known_messages import COLUMNS, TIME, TYPES

_SHORT = {name: chr(ord("A") + number) for number, name in enumerate(COLUMNS)}
_LONG = {short: name for name, short in _SHORT.items()}
_TIMES = [name for name, kind in TYPES.items() if kind == TIME]
_ROWS = pl.List(
    pl.Struct({_SHORT[name]: pl.Int64 if name in _TIMES else kind for name, kind in TYPES.items()})
)
# Of statuses that are equal but for these, only the one that counts most is kept.
_WEIGHT = (pl.col("received_at").dt.epoch("ms"), pl.col("content_hash") & 1048575)
_COMPARED = [name for name in COLUMNS if name not in ("received_at", "content_hash")]


def encoded(statuses: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """The id of each message, and the text of its statuses."""
    texts = (
        statuses.filter(
            pl.col("kind") == "message",
            pl.col("channel").is_in(["messages", "standby"]),
            pl.col("status") != "deleted",  # decides nothing, and says who deleted the message
        )
        .sort(_WEIGHT, descending=True)
        .unique(_COMPARED, keep="first", maintain_order=True)
        .with_columns(pl.col(_TIMES).dt.epoch("us"))
        .select("message_id", row=pl.struct(pl.col(name).alias(_SHORT[name]) for name in COLUMNS))
        .with_columns(pl.col("row").struct.json_encode())
        .group_by("message_id")
        .agg(pl.col("row").str.join(","))
    )
    yield from zip(texts["message_id"], texts["row"], strict=True)


def decoded(texts: Sequence[str]) -> pl.DataFrame:
    """The statuses in these texts."""
    rows = pl.DataFrame({"rows": [f"[{text}]" for text in texts]}, schema={"rows": pl.String})
    return (
        rows.select(pl.col("rows").str.json_decode(_ROWS))
        .explode("rows")
        .unnest("rows")
        .rename(_LONG)
        .with_columns(pl.col(_TIMES).cast(TIME))
    )
