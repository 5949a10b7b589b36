"""What the warehouse holds of some messages: the rows that decide what they add to the sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl

from warehouse.arrow_tables import registered
from warehouse.seen_events import EVENT, HASH

# The columns of `statuses` that decide what a message adds.
COLUMNS = (
    *("source", "dialect", "waba_id", "phone_number_id", "display_phone_number", "message_id"),
    *("recipient_id", "recipient_user_id", "recipient_type", "participant_id"),
    *("participant_user_id", "occurred_at", "received_at", "content_hash", "kind", "channel"),
    *("status", "error_code", "error_title", "category", "pricing_model", "pricing_type"),
    *("pricing_subtype", "billable", "origin", "conversation_id", "callback_data", "template_id"),
)
STATUSES_SQL = f"SELECT event_id::VARCHAR AS event_id, {', '.join(COLUMNS)} FROM statuses"
REACTIONS_SQL = "SELECT message_id, event FROM account_events"
IS_REACTION = "event = 'reaction' AND message_id IS NOT NULL"
TIME = pl.Datetime("us", "UTC")
# `event` tells the events of one message apart; see warehouse/seen_events.py.
TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    **dict.fromkeys(("event", *COLUMNS), pl.String),
    **dict.fromkeys(("content_hash", "error_code"), pl.Int64),
    **dict.fromkeys(("occurred_at", "received_at"), TIME),
    "billable": pl.Boolean,
}


@dataclass(frozen=True, slots=True)
class Known:
    """`statuses` has the columns TYPES; `reactions` has message_id and event, always `reaction`."""

    statuses: pl.DataFrame
    reactions: pl.DataFrame

    @classmethod
    def of(cls, statuses: pl.DataFrame | None, reactions: pl.DataFrame | None) -> Known:
        """These rows, with the columns and types of this class; None stands for no rows.

        The statuses have an event_id.
        """
        if statuses is None or statuses.is_empty():
            statuses = pl.DataFrame(schema={"event_id": pl.String, **TYPES})
        if reactions is None or reactions.is_empty():
            reactions = pl.DataFrame(schema={"message_id": pl.String, "event": pl.String})
        return cls(
            statuses.with_columns(EVENT, HASH).select(
                pl.col(name).cast(kind) for name, kind in TYPES.items()
            ),
            reactions.select("message_id", "event"),
        )

    @property
    def ids(self) -> pl.Series:
        """The ids of the messages, some of them more than once."""
        return pl.concat([self.statuses["message_id"], self.reactions["message_id"]])

    def and_also(self, more: Known) -> Known:
        """These rows and those."""
        return Known(
            pl.concat([self.statuses, more.statuses]), pl.concat([self.reactions, more.reactions])
        )

    def of_messages(self, ids: pl.Series) -> Known:
        """Only the rows of these messages."""
        wanted = pl.DataFrame({"message_id": ids.unique()})
        return self._each(lambda rows: rows.join(wanted, on="message_id", how="semi"))

    def with_ids(self, renamed: Mapping[str, str]) -> Known:
        """These rows, with other ids for some messages."""
        id_ = pl.col("message_id").replace(dict(renamed))
        return self._each(lambda rows: rows.with_columns(id_)) if renamed else self

    def _each(self, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Known:
        return Known(change(self.statuses), change(self.reactions))


def known(connection: duckdb.DuckDBPyConnection, ids: pl.Series, since: datetime) -> Known:
    """What has landed of the messages `ids`, statuses only if received since a time."""
    with registered(connection, "touched", pl.DataFrame({"message_id": ids}).to_arrow()):
        return Known.of(
            connection.execute(
                f"{STATUSES_SQL} SEMI JOIN touched USING (message_id) WHERE received_at >= ?",
                [since],
            ).pl(),
            connection.execute(
                f"{REACTIONS_SQL} SEMI JOIN touched USING (message_id) WHERE {IS_REACTION}"
            ).pl(),
        )
