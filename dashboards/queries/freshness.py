"""Query of how old the data is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dashboards.answers import Freshness
from dashboards.queries.filters import Connection, row

# The newest event is looked for in these times first, which reads only the last files.
RECENT = timedelta(hours=1)
LATELY = (RECENT, timedelta(days=1), timedelta(days=31))


def freshness(connection: Connection, *, ever: bool = False) -> Freshness:
    """The age of the data; fast while data arrives.

    Unless it looks at all events that `ever` came, it says nothing of what is older than the
    newest event by more than the time it has looked at.
    """
    now = datetime.now(UTC)
    for since in (None,) if ever else (*(now - time for time in LATELY), None):
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
