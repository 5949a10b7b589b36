"""Percentiles of how long messages took, from the counts of each number of seconds."""

from __future__ import annotations

import pandas as pd

from dashboards.queries.filters import (
    OF_OUTCOMES,
    Connection,
    chosen,
    span,
    where,
)
from dashboards.selection import DAY, Selection

PERCENTILES = {"p50": 0.50, "p90": 0.90, "p95": 0.95, "p99": 0.99}
# The share of messages that took at most so many seconds. Sums have the seconds to within 2%.
WITHIN = {"within_10s": 10, "within_1m": 60, "within_10m": 600, "within_1h": 3600}

# One row for each number of seconds that occurs. The sums over them are made in pandas: window
# functions of DuckDB 1.5 fail now and then ("Attempted to access index 0 within vector of size 0"),
# and then the database of the whole process must be opened anew.
_WAITS = f"""
SELECT
    time_bucket($step, time::TIMESTAMP) AS bucket, wait AS what, seconds,
    sum(messages)::BIGINT AS messages
FROM (
    -- By the moment first, because to ask what clocks show is slow.
    SELECT time, wait, seconds, sum(messages) AS messages
    FROM wait_rows($from, $until, $fine)
    WHERE {where(*OF_OUTCOMES)}
    GROUP BY ALL
)
GROUP BY ALL HAVING sum(messages) <> 0 ORDER BY ALL
"""


_NONE = {
    "bucket": pd.Series(dtype="datetime64[us]"),
    "what": pd.Series(dtype="object"),
    "seconds": pd.Series(dtype="int64"),
    "messages": pd.Series(dtype="int64"),
}


def waits(connection: Connection, selection: Selection) -> pd.DataFrame:
    """Messages by bar (`bucket`), `what` they took long for (deliver, read) and `seconds`.

    None with a filter by campaign or market, by which they are not summed.
    """
    if selection.choice.by_campaign:
        return pd.DataFrame(_NONE)
    return connection.execute(
        _WAITS,
        {"step": selection.step, "fine": min(selection.step, DAY)}
        | span(selection)
        | chosen(selection, *OF_OUTCOMES),
    ).df()


def percentiles(counted: pd.DataFrame, *by: str) -> pd.DataFrame:
    """Messages, PERCENTILES (seconds) and WITHIN (shares) of `waits` by some of its columns.

    A percentile is the least number of seconds in which at least that share of messages was done.
    """
    keys = list(by)
    summed = counted.groupby([*keys, "seconds"], as_index=False)["messages"].sum()
    groups = summed.groupby(keys)["messages"]
    messages, so_far = groups.transform("sum"), groups.cumsum()
    result = groups.sum().to_frame()
    for name, share in PERCENTILES.items():
        result[name] = summed[so_far >= share * messages].groupby(keys)["seconds"].min()
    for name, seconds in WITHIN.items():
        early = summed[summed["seconds"] <= seconds].groupby(keys)["messages"].sum()
        result[name] = early.reindex(result.index, fill_value=0) / result["messages"]
    return pd.DataFrame(result.reset_index())
