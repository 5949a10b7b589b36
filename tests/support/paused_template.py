"""A week of traffic of two numbers, and a template that was paused an hour ago."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tests.support.traffic import Traffic

CAMPAIGN, NUMBER, OTHER = "spring-sale", "15550001111", "15550002222"
# A number whose deliveries may have become slow.
SLOW = "15550003333"
PAUSED = {"message_template_name": CAMPAIGN, "message_template_language": "en_US"}
CODE = 132015


def paused_template(now: datetime, *, days: int = 5, slow: bool = False) -> Traffic:
    """Messages of the same hours of each day. In the last hour, those of one campaign failed.

    Perhaps there also is SLOW.
    """
    traffic = Traffic()
    now -= (now - datetime.min.replace(tzinfo=UTC)) % timedelta(minutes=15)
    count = 0
    senders = [(NUMBER, CAMPAIGN), (NUMBER, "receipts"), (OTHER, "receipts")]
    if slow:
        senders.append((SLOW, "receipts"))
    for day in range(days + 1):
        for minutes in range(2, 150, 2):
            for number, campaign in senders:
                count += 1
                sent = now - timedelta(days=day, minutes=minutes)
                failed = day == 0 and minutes <= 60 and campaign == CAMPAIGN
                took = 60 if day == 0 and number == SLOW else 3
                _message(traffic, f"wamid.{count}", number, campaign, sent, took, failed=failed)
    traffic.add(
        "account_events",
        source="meta",
        dialect="cloud",
        occurred_at=now - timedelta(minutes=61),
        field="message_template_status_update",
        event="PAUSED",
        value=json.dumps(PAUSED),
    )
    return traffic


def _message(
    traffic: Traffic,
    name: str,
    number: str,
    campaign: str,
    sent: datetime,
    took: int,
    *,
    failed: bool,
) -> None:
    what = {"error_code": CODE, "error_title": "Template is Paused"} if failed else {}
    for status, seconds in (("failed", 1),) if failed else (("sent", 0), ("delivered", took)):
        traffic.add(
            "statuses",
            source="meta",
            dialect="cloud",
            kind="message",
            channel="messages",
            display_phone_number=number,
            message_id=name,
            recipient_id=f"55119876{int(name[6:]):05d}",
            callback_data=campaign,
            status=status,
            occurred_at=sent + timedelta(seconds=seconds),
            **what,
        )
