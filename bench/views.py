"""Compares the views with their lower limit: only grouping the statuses by message."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.timing import Line, compare
from warehouse.connection import Location, connect, create
from warehouse.rollups import rebuild

MESSAGES = 200_000
ROWS = 3 * MESSAGES

# Each message is sent, delivered and read. There is one message every three seconds.
FILL = f"""
INSERT INTO statuses BY NAME
SELECT uuid() AS event_id, 1 AS content_hash, 'bench' AS source, 'cloud' AS dialect,
    now() - INTERVAL (n * 3) SECOND + INTERVAL (step) SECOND AS occurred_at,
    occurred_at AS received_at, 'message' AS kind, 'messages' AS channel,
    '10001' AS phone_number_id, '15550001111' AS display_phone_number,
    'wamid.' || n AS message_id, '4477009' || lpad((n % 100000)::VARCHAR, 5, '0') AS recipient_id,
    ['sent', 'delivered', 'read'][step + 1] AS status, 'utility' AS category,
    'regular' AS pricing_type, 'PMP' AS pricing_model,
    'whatsapp.statuses' AS topic, 0 AS partition, n * 3 + step AS "offset"
FROM range({MESSAGES}) AS messages(n), range(3) AS steps(step)
"""
LIMIT = "SELECT count(*) FROM (SELECT message_id, min(occurred_at) FROM statuses GROUP BY ALL)"


def lines() -> Iterator[Line]:
    with (
        tempfile.TemporaryDirectory() as folder,
        connect(Location.under(Path(folder))) as connection,
    ):
        create(connection)
        connection.execute(FILL)
        rebuild(connection)
        for view in ("outcomes", "delivery", "billing"):
            yield compare(
                f"{view} over {ROWS:,} statuses",
                "rows/s",
                ROWS,
                lambda view=view: (
                    connection.execute(f"FROM {view}").fetchall()  # type: ignore[misc]
                    if view != "outcomes"
                    else connection.execute("SELECT outcome, count(*) FROM outcomes GROUP BY ALL")
                ),
                "GROUP BY message_id",
                lambda: connection.execute(LIMIT).fetchall(),
            )
