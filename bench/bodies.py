"""Simulated webhook bodies in Meta's shape, for the benchmarks."""

from __future__ import annotations

import time

import orjson

# Statuses of the last day: landing treats older ones otherwise.
NOW = int(time.time()) - 86_400


def statuses(count: int, start: int = 0) -> bytes:
    """The body of a Cloud API POST with `count` statuses of as many messages."""
    items = [
        {
            "id": f"wamid.HBgMNDQ3NzAwOTAw{number:012d}",
            "status": ("sent", "delivered", "read")[number % 3],
            "timestamp": str(NOW + number % 86_400),
            "recipient_id": f"4477009{number % 100_000:05d}",
            "pricing": {
                "billable": True,
                "pricing_model": "PMP",
                "type": "regular",
                "category": "utility",
            },
        }
        for number in range(start, start + count)
    ]
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550001111", "phone_number_id": "10001"},
        "statuses": items,
    }
    entry = {"id": "20002", "changes": [{"field": "messages", "value": value}]}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})
