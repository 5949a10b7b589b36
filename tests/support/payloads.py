"""Small webhook bodies with chosen ids."""

from __future__ import annotations

from typing import Any

import orjson

NUMBER = {"display_phone_number": "15550002222", "phone_number_id": "106540352242922"}


def status(message_id: str, state: str = "sent", **more: Any) -> dict[str, Any]:
    """One element of `statuses`."""
    return {
        "id": message_id,
        "status": state,
        "timestamp": "1730000000",
        "recipient_id": "15551234567",
        **more,
    }


def cloud(*statuses: dict[str, Any], messages: list[Any] | None = None) -> bytes:
    """A body in the Cloud envelope."""
    value: dict[str, Any] = {"messaging_product": "whatsapp", "metadata": NUMBER}
    if statuses:
        value["statuses"] = list(statuses)
    if messages:
        value["messages"] = messages
    change = {"field": "messages", "value": value}
    entry = {"id": "102290129340398", "changes": [change]}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})


def flat(*statuses: dict[str, Any]) -> bytes:
    """A body without an envelope."""
    return orjson.dumps({"statuses": list(statuses)})
