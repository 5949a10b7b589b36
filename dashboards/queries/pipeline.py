"""Queries of the page Pipeline.

What has landed, from Kafka's offsets and DuckLake's metadata, which are small at any size of the
warehouse. Events are counted by when they were received, and only within the time range.
"""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from dashboards.answers import Pipeline
from dashboards.queries.filters import LONGEST, Connection, chosen, row, span, where
from dashboards.queries.freshness import freshness
from dashboards.selection import INSTANT, MINUTE, Selection
from schemas.topics import DEAD_LETTERS, LANDED
from warehouse.connection import ALIAS

BY_SOURCE = where("sources")
# Sources of messages of this time are listed even if nothing came of them within the range.
KNOWN = timedelta(days=30)
# Of a dead letter's payload, the dashboard reads no more than this many bytes.
SAMPLE_BYTES = 2_000

# In each time zone, a quarter of an hour is in one bar.
QUARTER = 15 * MINUTE

# Parts of time by whole numbers, and all else after the sums: for many events six times as fast as
# time_bucket and the filter for each row.
_EACH = " UNION ALL ".join(
    f"""
    SELECT
        '{topic.table}' AS kind, epoch_us(received_at) // $width AS part, source,
        count(*) AS events, max(received_at) AS newest
    FROM {topic.table} WHERE received_at >= $from AND received_at < $until
    GROUP BY ALL
    """
    for topic in LANDED
)
_RECEIVED = f"""
CREATE OR REPLACE TEMP TABLE received AS
SELECT
    time_bucket($step, make_timestamptz(part * $width)::TIMESTAMP) AS bucket,
    kind,
    left(source, {LONGEST}) AS source,
    sum(events)::BIGINT AS events,
    max(newest)::TIMESTAMP AS newest
FROM ({_EACH}) WHERE {BY_SOURCE}
GROUP BY ALL
"""
DEAD = f"kind = '{DEAD_LETTERS.table}'"

_SOURCES = f"""
SELECT
    source,
    coalesce(sum(events) FILTER (NOT {DEAD}), 0)::BIGINT AS events,
    max(newest) FILTER (NOT {DEAD}) AS newest,
    coalesce(sum(events) FILTER ({DEAD}), 0)::BIGINT AS dead_letters
FROM (
    SELECT source, kind, events, newest FROM received
    UNION ALL BY NAME
    SELECT DISTINCT left(source, {LONGEST}) AS source, 'none' AS kind, 0 AS events
    FROM dimensions($known, $until) WHERE {BY_SOURCE}
)
GROUP BY source ORDER BY events DESC, source
"""

_REASONS = f"""
SELECT
    left(reason, {LONGEST}) AS reason,
    sum(dead_letters)::BIGINT AS dead_letters,
    max(minute)::TIMESTAMP AS newest,
    string_agg(DISTINCT left(source, {LONGEST}), ', ' ORDER BY left(source, {LONGEST})) AS sources
FROM dead_letter_counts($from, $until) WHERE {BY_SOURCE}
GROUP BY ALL ORDER BY dead_letters DESC, reason
"""

_PARTITIONS = f"""
SELECT
    left(topic, {LONGEST}) AS topic, partition, first_offset, next_offset, landed, duplicates,
    conflicts, dead_letters, skipped, updated_at::TIMESTAMP AS updated_at,
    retired_at::TIMESTAMP AS retired_at
FROM kafka_offsets
ORDER BY retired_at IS NOT NULL, topic, partition, retired_at DESC
"""

# From the catalog: no file is read.
_TABLES = f"""
SELECT
    stored.table_name AS name,
    known.estimated_size AS rows,
    stored.file_count AS files,
    stored.file_size_bytes AS bytes,
    stored.delete_file_count AS delete_files
FROM ducklake_table_info('{ALIAS}') AS stored
LEFT JOIN duckdb_tables() AS known
    ON known.database_name = '{ALIAS}' AND known.table_name = stored.table_name
ORDER BY bytes DESC, name
"""

# The newest one. Its payload is not read further than it is shown.
_SAMPLE = f"""
SELECT
    received_at::TIMESTAMP AS received_at,
    left(source, {LONGEST}) AS source,
    left(detail, {5 * LONGEST}) AS detail,
    payload[:{SAMPLE_BYTES}] AS payload,
    coalesce(octet_length(payload), 0) AS bytes
FROM dead_letters
WHERE received_at >= $from AND received_at < $until
    AND left(reason, {LONGEST}) = $reason AND {BY_SOURCE}
ORDER BY dead_letters.received_at DESC, event_id LIMIT 1
"""


def pipeline(connection: Connection, selection: Selection) -> Pipeline:
    """What was received and landed, what could not be read, and what the warehouse holds."""
    params = span(selection) | chosen(selection, "sources")
    width = min(selection.step, QUARTER) // INSTANT
    connection.execute(_RECEIVED, params | {"step": selection.step, "width": width})
    partitions = connection.execute(_PARTITIONS).df()
    (newest,) = row(connection, f"SELECT max(newest) FROM received WHERE NOT {DEAD}")
    return Pipeline(
        freshness=freshness(connection),
        newest=newest,
        series=connection.execute(
            "SELECT bucket, kind, sum(events)::BIGINT AS events FROM received "
            "GROUP BY ALL ORDER BY ALL"
        ).df(),
        sources=_sources(connection, selection),
        reasons=connection.execute(_REASONS, params).df(),
        partitions=partitions,
        tables=connection.execute(_TABLES).df(),
    )


def _sources(connection: Connection, selection: Selection) -> pd.DataFrame:
    return connection.execute(
        _SOURCES,
        {"known": selection.until - KNOWN, "until": selection.until} | chosen(selection, "sources"),
    ).df()


def dead_letter(connection: Connection, selection: Selection, reason: str) -> pd.DataFrame:
    """The newest dead letter with a reason, in one row: received_at, source, detail, the start of
    its payload, and the payload's bytes; no row if it was erased meanwhile."""
    return connection.execute(
        _SAMPLE, span(selection) | chosen(selection, "sources") | {"reason": reason}
    ).df()
