"""Simulated webhook bodies in Meta's shape, for the benchmarks."""

from __future__ import annotations

import time
from collections.abc import Iterable

import orjson

# Statuses of the last day: landing treats older ones otherwise.
NOW = int(time.time()) - 86_400


def statuses(count: int, start: int = 0) -> bytes:
    """The body of a Cloud API POST with `count` statuses of as many messages."""
    return body(
        status(
            f"wamid.HBgMNDQ3NzAwOTAw{number:012d}",
            ("sent", "delivered", "read")[number % 3],
            NOW + number % 86_400,
            number,
        )
        for number in range(start, start + count)
    )


def status(message_id: str, name: str, seconds: int, recipient: int) -> dict[str, object]:
    """One element of `statuses`; `seconds` is its time, and `recipient` makes a phone number."""
    return {
        "id": message_id,
        "status": name,
        "timestamp": str(seconds),
        "recipient_id": f"4477009{recipient % 100_000:05d}",
        "pricing": {
            "billable": True,
            "pricing_model": "PMP",
            "type": "regular",
            "category": "utility",
        },
    }


def body(items: Iterable[dict[str, object]]) -> bytes:
    """The body of a Cloud API POST with these statuses."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550001111", "phone_number_id": "10001"},
        "statuses": list(items),
    }
    entry = {"id": "20002", "changes": [{"field": "messages", "value": value}]}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})
