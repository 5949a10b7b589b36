"""How what is known of a message is written in the store: as text, one field after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from warehouse.known_messages import TIME, TYPES, Known

# No text that lands has this character; see consumer/decode.py.
END, INSTEAD = "\0", "\N{REPLACEMENT CHARACTER}"
_NAMES = tuple(name for name in TYPES if name != "message_id")
# The first field says, in one bit each, which of the others are null.
FIELDS = 1 + len(_NAMES)
# What is kept of a status that decides nothing: repetitions of it are recognised.
_SEEN = ("event", "received_at", "content_hash")
_DECIDING = tuple(name for name in _NAMES if name not in _SEEN)
_DECIDES = (
    (pl.col("kind") == "message")
    & pl.col("channel").is_in(["messages", "standby"])
    & (pl.col("status") != "deleted")  # decides nothing, and says who deleted the message
).fill_null(False)
# Of several statuses of a message, the one that counts most; see views/parts/message_facts.sql.
_WEIGHT = (pl.col("received_at").dt.epoch("ms"), pl.col("content_hash") & 1048575)


def encoded(known: Known) -> Iterator[tuple[bytes, bytes]]:
    """The id of each message, and the text of what is known of it."""
    reactions = known.reactions.unique("message_id")
    texts = pl.concat(
        [
            _texts(_needed(known.statuses)),
            reactions.select("message_id", text=pl.lit(_REACTION)),
        ]
    )
    # str.join() takes three times as long.
    of_messages = (
        texts.group_by("message_id").agg("text").with_columns(pl.col("text").list.join(""))
    )
    yield from zip(
        *(of_messages[name].cast(pl.Binary).to_list() for name in texts.columns), strict=True
    )


def decoded(ids: Sequence[str], texts: Sequence[bytes]) -> Known:
    """What these texts say, each of the message with the id at the same place."""
    if not texts:
        return Known.of(None, None)
    counts = [text.count(b"\0") // FIELDS for text in texts]
    whole = pl.Series([b"".join(texts)[:-1]], dtype=pl.Binary).cast(pl.String)
    fields = whole.str.split(END).explode()
    nulls = fields.gather_every(FIELDS).cast(pl.UInt32)
    rows = pl.DataFrame(
        {
            "message_id": pl.Series(ids, dtype=pl.String).repeat_by(pl.Series(counts)).explode(),
            "nulls": nulls,
            **{name: fields.gather_every(FIELDS, n) for n, name in enumerate(_NAMES, 1)},
        }
    )
    statuses = rows.filter(pl.col("nulls") != _ALL)
    reactions = rows.filter(pl.col("nulls") == _ALL)
    return Known(
        statuses.select(_value(name, kind) for name, kind in TYPES.items()),
        reactions.select("message_id", event=pl.lit("reaction")),
    )


_ALL = (1 << len(_NAMES)) - 1
# A row without any value.
_REACTION = END.join([str(_ALL), *("" for _ in _NAMES)]) + END


def _needed(statuses: pl.DataFrame) -> pl.DataFrame:
    """The rows without repetitions, and without what decides nothing.

    Of statuses that are equal but for their time of receipt and their hash, only the one that
    counts most decides.
    """
    decides = _DECIDES
    if statuses.select("message_id", "event").is_duplicated().any():
        statuses = statuses.sort(_WEIGHT, descending=True).filter(
            pl.struct("message_id", "event", "content_hash").is_first_distinct()
        )
        decides = decides & pl.struct("message_id", "event", *_DECIDING).is_first_distinct()
    if statuses.select(decides.all()).item():
        return statuses
    return statuses.with_columns(
        pl.when(decides).then(pl.col(name)).otherwise(None).alias(name) for name in _DECIDING
    )


def _texts(statuses: pl.DataFrame) -> pl.DataFrame:
    """The message_id and the text of each of these statuses."""
    some = [(name, 1 << n) for n, name in enumerate(_NAMES) if statuses[name].null_count()]
    nulls = sum(
        (pl.col(name).is_null().cast(pl.UInt32) * bit for name, bit in some),
        start=pl.lit(0, pl.UInt32),
    )
    text = pl.concat_str(nulls.cast(pl.String), *map(_field, _NAMES), pl.lit(""), separator=END)
    texts = statuses.select("message_id", text=text)
    if (texts["text"].str.count_matches(END, literal=True) == FIELDS).all():
        return texts
    # Earlier versions, and others who write to the warehouse, may have left the character.
    return _texts(
        statuses.with_columns(pl.col(pl.String).str.replace_all(END, INSTEAD, literal=True))
    )


def _field(name: str) -> pl.Expr:
    value = pl.col(name)
    if TYPES[name] == TIME:
        value = value.dt.epoch("us")
    return value.cast(pl.String).fill_null("")


def _value(name: str, kind: pl.DataType | type[pl.DataType]) -> pl.Expr:
    value = pl.col(name)
    if name == "message_id":
        return value
    if kind == pl.Boolean:
        value = value == "true"
    elif kind != pl.String:
        value = value.cast(pl.Int64, strict=False).cast(kind)
    missing = (pl.col("nulls") & (1 << _NAMES.index(name))) != 0
    return pl.when(missing).then(None).otherwise(value).alias(name)
