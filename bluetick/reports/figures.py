"""Reads the figures of a report from the sums of the warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from bluetick.reports.period import Period
from dashboards import queries
from dashboards.answers import Overview
from dashboards.selection import Selection
from warehouse.connection import Location
from warehouse.diagnosis.anomaly import Anomaly
from warehouse.diagnosis.reading import diagnosed
from warehouse.snapshot import snapshot

STEP = timedelta(minutes=30)
# A diagnosis looks back no further.
LONGEST = timedelta(days=7)
THREADS = 2


@dataclass(frozen=True, slots=True)
class Figures:
    """What a report says: the figures of the page Overview, error codes, and incidents."""

    overview: Overview
    codes: pd.DataFrame
    anomalies: tuple[Anomaly, ...]


def read(location: Location, period: Period, now: datetime) -> Figures:
    """The figures of a period as they are known now. Raises WarehouseError, Busy, duckdb.Error."""
    selection = Selection(period.since, period.until, STEP, now=now)
    with snapshot(location, threads=THREADS) as connection:
        overview = queries.overview(connection, selection)
        codes = queries.failures(connection, selection).codes
        since = max(period.since, period.until - LONGEST)
        anomalies = diagnosed(connection, period.until, since)
    return Figures(overview, codes, tuple(anomalies))
