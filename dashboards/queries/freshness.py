"""Query of how old the data is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dashboards.answers import Freshness
from dashboards.queries.filters import Connection, row

# The newest event is looked for in this time first, which reads only the last files.
RECENT = timedelta(hours=1)


def freshness(connection: Connection, *, ever: bool = False) -> Freshness:
    """The age of the data; fast while data arrives.

    Unless it looks at all events that `ever` came, it says nothing of what is older than the
    newest event by more than RECENT.
    """
    recently = datetime.now(UTC) - RECENT
    for since in (None,) if ever else (recently, None):
        found = Freshness(
            *row(
                connection,
                "SELECT landed_at, received_at, status_at, dead_letter_at, partitions, beat_at, "
                "waiting FROM freshness($since)",
                {"since": since},
            )
        )
        if found.received_at:
            break
    return found
