"""Query of what is wrong now, in all traffic."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboards.queries.filters import Connection
from dashboards.selection import DAY
from warehouse.diagnosis.anomaly import Anomaly
from warehouse.diagnosis.reading import diagnosed


def anomalies(connection: Connection) -> tuple[Anomaly, ...]:
    """What is unusual now, the most certain first; nothing that is over."""
    now = datetime.now(UTC)
    return tuple(each for each in diagnosed(connection, now, now - DAY) if not each.until)
