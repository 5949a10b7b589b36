"""Simulated traffic of two business numbers, written directly to a warehouse's tables."""

from __future__ import annotations

import json
import math
import random
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from warehouse import campaigns
from warehouse.rollups import rebuild
from warehouse.transaction import transact

# Business number, source, dialect, and its share of the traffic.
NUMBERS = (
    ("15550001111", "meta", "cloud", 0.55),
    ("4915550002222", "meta", "cloud", 0.33),
    ("34655500033", "positus", "onprem", 0.12),
)
# Category, share, chance to be delivered, chance that a delivered one is read.
CATEGORIES = (
    ("marketing", 0.44, 0.90, 0.58),
    ("utility", 0.34, 0.97, 0.71),
    ("authentication", 0.12, 0.98, 0.83),
    ("service", 0.10, 0.99, 0.90),
)
ERRORS = {
    "cloud": (
        (131026, "Message undeliverable", 10),
        (131049, "This message was not delivered to maintain healthy ecosystem engagement", 7),
        (131047, "Re-engagement message", 5),
        (131050, "User has stopped marketing messages", 3),
        (132015, "Template is paused", 2),
        (131053, "Media upload error", 1),
        (131999, "A failure no catalogue knows yet", 1),
    ),
    "onprem": ((470, "Re-engagement message", 3), (1013, "User is not valid", 2)),
}
# Campaigns by category. Other categories have none, and one in five messages.
CAMPAIGNS = {
    "marketing": ("spring-marketing", "autumn-marketing"),
    "utility": ("order-updates",),
}
MARKETS = ("4915", "5511", "9198", "346", "5215", "1212", "447")

TEMPLATE = {"message_template_name": "spring_offer", "message_template_language": "en_US"}
# What happened to the account: days before the end, number, field, event and value.
ACCOUNT_EVENTS: tuple[tuple[float, str, str, str, dict[str, Any]], ...] = (
    (0.1, "15550001111", "message_template_status_update", "REINSTATED", TEMPLATE),
    (0.2, "15550001111", "message_template_status_update", "PAUSED", TEMPLATE),
    (0.3, "15550001111", "phone_number_quality_update", "FLAGGED", {"current_limit": "TIER_1K"}),
    (
        0.5, "15550001111", "message_template_quality_update", "YELLOW",
        TEMPLATE | {"previous_quality_score": "GREEN", "new_quality_score": "YELLOW"},
    ),
    (
        2, "4915550002222", "account_update", "ACCOUNT_RESTRICTION",
        {"restriction_info": [{"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING"}]},
    ),
    *(
        (days, "15550001111", "user_preferences", value,
         {"wa_id": f"15557650{days}", "category": "marketing_messages", "value": value})
        for days, value in ((0.6, "stop"), (0.7, "stop"), (0.8, "resume"), (5, "stop"))
    ),
)  # fmt: skip
TYPES = ("text", "text", "text", "text", "image", "audio", "interactive", "button", "reaction")
LETTER = b'{"statuses":[{"status":"sent","recipient_id":"15557654321","timestamp":"1700000000"}]}'


@dataclass
class Traffic:
    """Rows by table, as dictionaries of the necessary columns."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, **columns: Any) -> None:
        """Adds a row, with a generated `event_id` and position in Kafka."""
        rows = self.rows.setdefault(table, [])
        rows.append(
            {
                "event_id": uuid.uuid5(uuid.NAMESPACE_OID, f"{table}/{len(rows)}").hex,
                "content_hash": len(rows),
                "topic": f"whatsapp.{table.replace('_', '-')}",
                "partition": 0,
                "offset": len(rows),
                "received_at": columns.get("occurred_at"),
            }
            | columns
        )

    def insert(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Inserts all rows, and updates `kafka_offsets` and `rollups` as a consumer does."""
        for table, rows in self.rows.items():
            names = sorted({name for row in rows for name in row})
            batch = pa.table({name: [row.get(name) for row in rows] for name in names})
            connection.register("batch", batch)
            connection.execute(f"INSERT INTO {table} BY NAME FROM batch")
            connection.unregister("batch")
            newest = max(row["received_at"] for row in rows)
            dead = len(rows) if table == "dead_letters" else 0
            connection.execute(
                "INSERT INTO kafka_offsets (cluster_id, topic_id, topic, partition, first_offset, "
                "next_offset, landed, duplicates, conflicts, dead_letters, skipped, updated_at) "
                "VALUES ('c', ?, ?, 0, 0, ?, ?, 0, 0, ?, 0, ?)",
                [table, f"whatsapp.{table}", len(rows), len(rows) - dead, dead, newest],
            )
        transact(connection, lambda: campaigns.add(connection))
        rebuild(connection)


def rhythm(moment: datetime) -> float:
    """The traffic at an hour, 0.15 to 1: low at night, with peaks in the morning and evening."""
    hour = moment.hour + moment.minute / 60
    peaks = math.exp(-(((hour - 10.5) / 3) ** 2)) + 0.8 * math.exp(-(((hour - 18.5) / 2.5) ** 2))
    return 0.15 + 0.85 * min(peaks, 1)


def made_up(until: datetime, *, days: float = 7, messages: int = 4000, seed: int = 7) -> Traffic:
    """Outgoing messages of the last `days` before `until`, with their statuses and replies."""
    chance = random.Random(seed)
    traffic = Traffic()
    span = days * 86_400
    count = 0
    while count < messages:
        at = until - timedelta(seconds=chance.random() * span)
        if chance.random() > rhythm(at):
            continue
        count += 1
        _message(traffic, chance, count, at, until)
        if chance.random() < 0.2:
            _inbound(traffic, chance, count, at)
        if chance.random() < 0.002:
            traffic.add(
                "dead_letters",
                source="meta",
                occurred_at=at,
                reason="missing_id",
                detail="no id",
                payload=LETTER,
            )
    for ago, number, field_, event, value in ACCOUNT_EVENTS:
        if ago < days:
            traffic.add(
                "account_events",
                source="meta",
                dialect="cloud",
                display_phone_number=number,
                occurred_at=until - timedelta(days=ago),
                field=field_,
                event=event,
                value=json.dumps(value),
            )
    return traffic


def _message(
    traffic: Traffic, chance: random.Random, index: int, at: datetime, until: datetime
) -> None:
    number, source, dialect, _ = chance.choices(NUMBERS, [n[3] for n in NUMBERS])[0]
    category, _, delivers, reads = chance.choices(CATEGORIES, [c[1] for c in CATEGORIES])[0]
    cloud = dialect == "cloud"
    entry_point = cloud and chance.random() < 0.05
    common: dict[str, Any] = {
        "source": source,
        "dialect": dialect,
        "kind": "message",
        "channel": "messages",
        "display_phone_number": number,
        "phone_number_id": f"id-{number}" if cloud else None,
        "waba_id": "102290129340398" if cloud else None,
        "message_id": f"wamid.{index:08d}" if cloud else f"gBEG{index:08d}",
        "recipient_id": f"{chance.choice(MARKETS)}{chance.randrange(10**7):07d}",
        "callback_data": _campaign(category, index) if cloud else None,
    }
    priced: dict[str, Any] = {
        "pricing_model": "PMP" if cloud else "CBP",
        "pricing_type": _pricing_type(category, entry_point) if cloud else None,
        "category": category,
        "billable": category != "service" and not entry_point,
        "conversation_id": f"conv-{index}" if entry_point or not cloud else None,
        "origin": ("referral_conversion" if entry_point else category)
        if entry_point or not cloud
        else None,
    }

    def status(name: str, moment: datetime, **extra: Any) -> None:
        if moment <= until:
            traffic.add("statuses", **common, status=name, occurred_at=moment, **extra)

    if chance.random() > delivers * 0.99:
        if chance.random() < 0.35:  # sent, and nothing more was ever heard
            status("sent", at, **priced)
            return
        code, title, _ = chance.choices(ERRORS[dialect], [e[2] for e in ERRORS[dialect]])[0]
        status("failed", at + timedelta(seconds=2), error_code=code, error_title=title)
        return
    status("sent", at, **priced)
    delivered = at + timedelta(seconds=chance.lognormvariate(1.2, 1.1))
    if chance.random() < 0.93:
        status("delivered", delivered, **priced)
    if chance.random() < reads:
        status("read", delivered + timedelta(seconds=chance.lognormvariate(5.5, 1.6)), **priced)


def _campaign(category: str, index: int) -> str | None:
    names = CAMPAIGNS.get(category)
    return names[index % len(names)] if names and index % 5 else None


def _pricing_type(category: str, entry_point: bool) -> str:
    if entry_point:
        return "free_entry_point"
    return "free_customer_service" if category == "service" else "regular"


def _inbound(traffic: Traffic, chance: random.Random, index: int, at: datetime) -> None:
    number, source, dialect, _ = chance.choices(NUMBERS, [n[3] for n in NUMBERS])[0]
    from_ad = dialect == "cloud" and chance.random() < 0.2
    traffic.add(
        "messages",
        source=source,
        dialect=dialect,
        channel="messages",
        display_phone_number=number,
        occurred_at=at,
        message_id=f"wamid.in{index:08d}",
        type=TYPES[index % len(TYPES)],
        sender_id=f"{chance.choice(MARKETS)}{chance.randrange(10**7):07d}",
        referral_source_type="ad" if from_ad else None,
        referral_source_id=f"ad-{chance.randrange(4)}" if from_ad else None,
    )
