"""The warehouse's tables, derived from the topics' Avro schemas."""

from __future__ import annotations

from typing import Any

from schemas.topics import LANDED, schema_of

# Where a landed row came from: the record's place in Kafka.
POSITION = {"topic": "VARCHAR", "partition": "INTEGER", "offset": "BIGINT"}

# One row for each partition of each incarnation of a topic. At any snapshot
# next_offset - first_offset = landed + duplicates + dead_letters + skipped.
KAFKA_OFFSETS = {
    "cluster_id": "VARCHAR",
    "topic_id": "VARCHAR",
    "topic": "VARCHAR",
    "partition": "INTEGER",
    "first_offset": "BIGINT",
    "next_offset": "BIGINT",
    "landed": "BIGINT",
    "duplicates": "BIGINT",
    "conflicts": "BIGINT",
    "dead_letters": "BIGINT",
    "skipped": "BIGINT",
    "updated_at": "TIMESTAMPTZ",
    "retired_at": "TIMESTAMPTZ",
}

# One row that every opening of a partition changes, so that two openings at once conflict.
LANDING_FENCE = {"opened": "BIGINT"}

# When each consumer last reported that it works; see warehouse/heartbeats.py.
HEARTBEATS = {
    "consumer": "VARCHAR",
    "beat_at": "TIMESTAMPTZ",
    "partitions": "BIGINT",
    "waiting": "BIGINT",
}

# Messages whose content must not be kept, even if they arrive after their deletion.
ERASURES = {"message_id": "VARCHAR", "requested_at": "TIMESTAMPTZ"}

# Whose events do not come back after an erasure, as keyed hashes; see warehouse/suppression.py.
SUPPRESSIONS = {
    "kind": "VARCHAR",
    "hash": "VARCHAR",
    "subject": "VARCHAR",
    "place": "VARCHAR",
    "until": "TIMESTAMPTZ",
}

# One row for each request to erase people or messages, without personal data.
PRIVACY_REQUESTS = {
    "request_id": "UUID",
    "requested_at": "TIMESTAMPTZ",
    "finished_at": "TIMESTAMPTZ",
    "people": "BIGINT",
    "messages": "BIGINT",
}

# Up to which time rows of a table are gone; see warehouse/retention.py.
RETENTION = {
    "table_name": "VARCHAR",
    "removed_before": "TIMESTAMPTZ",
    "complete_from": "TIMESTAMPTZ",
    "finished_at": "TIMESTAMPTZ",
}

# How many rows are gone. Dead letters by their reason.
REMOVED_ROWS = {
    "topic": "VARCHAR",
    "partition": "INTEGER",
    "reason": "VARCHAR",
    "rows": "BIGINT",
}

# What messages add to the sums of the views; see warehouse/views/parts/rollup_rows.sql.
ROLLUPS = {
    "kind": "VARCHAR",
    "time": "TIMESTAMPTZ",
    "source": "VARCHAR",
    "waba_id": "VARCHAR",
    "display_phone_number": "VARCHAR",
    "category": "VARCHAR",
    "campaign_id": "BIGINT",
    "outcome": "VARCHAR",
    "dialect": "VARCHAR",
    "error_code": "BIGINT",
    "error_title": "VARCHAR",
    "seconds": "BIGINT",
    "pricing_model": "VARCHAR",
    "pricing_type": "VARCHAR",
    "market": "VARCHAR",
    "verdict": "VARCHAR",
    "origin_basis": "VARCHAR",
    "origin": "VARCHAR",
    "conversation_id": "VARCHAR",
    "messages": "BIGINT",
}

# The campaigns that messages are counted by; see warehouse/campaigns.py.
CAMPAIGNS = {
    "campaign_id": "BIGINT",
    "name": "VARCHAR",
    "of_template": "BOOLEAN",
    "first_received_at": "TIMESTAMPTZ",
}

# The user's prices of messages; see warehouse/rates.py.
RATES = {
    "market": "VARCHAR",
    "category": "VARCHAR",
    "type": "VARCHAR",
    "valid_from": "DATE",
    "from_units": "BIGINT",
    "currency": "VARCHAR",
    "price": "DECIMAL(18,8)",
}

_TYPES = {
    ("string", None): "VARCHAR",
    ("string", "uuid"): "UUID",
    ("long", None): "BIGINT",
    ("long", "timestamp-micros"): "TIMESTAMPTZ",
    ("boolean", None): "BOOLEAN",
    ("bytes", None): "BLOB",
}


def sql_type(avro_type: Any) -> str:
    """DuckDB's type for an Avro type; a null branch of a union is ignored."""
    if isinstance(avro_type, list):
        (avro_type,) = (branch for branch in avro_type if branch != "null")
    if isinstance(avro_type, dict):
        return _TYPES[avro_type["type"], avro_type.get("logicalType")]
    return _TYPES[avro_type, None]


def tables() -> dict[str, dict[str, str]]:
    """Columns and DuckDB types of every table, in order."""
    landed = {
        topic.table: {
            field["name"]: sql_type(field["type"]) for field in schema_of(topic)["fields"]
        }
        | POSITION
        for topic in LANDED
        if topic.table
    }
    return landed | {
        "kafka_offsets": KAFKA_OFFSETS,
        "erasures": ERASURES,
        "suppressions": SUPPRESSIONS,
        "privacy_requests": PRIVACY_REQUESTS,
        "retention": RETENTION,
        "removed_rows": REMOVED_ROWS,
        "landing_fence": LANDING_FENCE,
        "heartbeats": HEARTBEATS,
        "rollups": ROLLUPS,
        "campaigns": CAMPAIGNS,
        "rates": RATES,
    }
