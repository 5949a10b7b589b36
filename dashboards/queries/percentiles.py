"""Percentiles of how long messages took, from the histograms of the cube."""

from __future__ import annotations

import pandas as pd

from dashboards.queries.filters import Connection

PERCENTILES = {"p50": 0.50, "p90": 0.90, "p95": 0.95, "p99": 0.99}

# One row for each number of seconds that occurs. The sums over them are made in pandas: window
# functions of DuckDB 1.5 fail now and then ("Attempted to access index 0 within vector of size 0"),
# and then the database of the whole process must be opened again.
_WAITS = """
WITH waits AS (
    SELECT bucket, what, unnest(map_keys(waits)) AS seconds, unnest(map_values(waits)) AS messages
    FROM cube UNPIVOT (waits FOR what IN (deliver, read))
)
SELECT {by}, seconds, sum(messages)::BIGINT AS messages
FROM waits GROUP BY {by}, seconds ORDER BY {by}, seconds
"""


def percentiles(connection: Connection, *by: str) -> pd.DataFrame:
    """Messages and PERCENTILES (seconds) by `what` (deliver, read) and other columns of the cube.

    A percentile is the least number of seconds in which at least that share of messages was done.
    """
    keys = list(by)
    waits = connection.execute(_WAITS.format(by=", ".join(by))).df()
    groups = waits.groupby(keys)["messages"]
    messages, so_far = groups.transform("sum"), groups.cumsum()
    result = groups.sum().to_frame()
    for name, share in PERCENTILES.items():
        result[name] = waits[so_far >= share * messages].groupby(keys)["seconds"].min()
    return result.reset_index()
