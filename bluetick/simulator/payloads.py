"""Payloads of simulated traffic: statuses, inbound messages and account events.

Everything here is pure: the same random state gives the same payloads. No phone number belongs to
a real person: the numbers are from ranges that are reserved for fiction or never assigned.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from random import Random
from typing import Any

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Number:
    """A business number of the simulation, and the traffic it has."""

    name: str
    waba_id: str
    phone_number_id: str
    display_phone_number: str
    # Calling-code prefixes of its customers, with their weights.
    customers: dict[str, int]
    # Template categories, with their weights.
    templates: dict[str, int]
    # Up to version 23, webhooks have a `conversation` for each message.
    webhook_version: int


NUMBERS = (
    Number(
        name="shop",
        waba_id="100000000000001",
        phone_number_id="200000000000001",
        display_phone_number="12125550142",
        customers={"164655501": 30, "130555501": 15, "55009000": 35, "52000555": 20},
        templates={"marketing": 60, "utility": 40},
        webhook_version=24,
    ),
    Number(
        name="bank",
        waba_id="100000000000002",
        phone_number_id="200000000000002",
        display_phone_number="442079460142",
        customers={"447700900": 40, "4917139200": 20, "3363998": 20, "91000055": 20},
        templates={"utility": 55, "authentication": 35, "marketing": 10},
        webhook_version=23,
    ),
)
PHONE_DIGITS = {"1": 11, "44": 12, "49": 12, "33": 11, "55": 13, "52": 12, "91": 12}
COUNTRIES = {"1": "US", "44": "GB", "49": "DE", "33": "FR", "55": "BR", "52": "MX", "91": "IN"}
NAMES = ("Ada", "Bruno", "Chidi", "Dalia", "Emre", "Farah", "Goran", "Hana", "Ines", "Jonas")
TEXTS = ("Hello", "Where is my order?", "Thank you!", "Can I change the date?", "Yes, please")

# The error of a failed message: code, title, details, weight among others.
Failure = tuple[int, str, str, int]
_GENERAL = (
    (131026, "Message undeliverable", "Message Undeliverable.", 50),
    (131000, "Something went wrong", "Message failed to send due to an unknown error.", 5),
    (131053, "Media upload error", "Downloading media from weblink failed.", 8),
)
FAILURES: dict[str, tuple[Failure, ...]] = {
    "marketing": (
        *_GENERAL,
        (131049, "Message not delivered", "Not delivered to maintain healthy engagement.", 60),
        (130472, "User's number is part of an experiment", "Part of an experiment.", 12),
        (131050, "User has stopped marketing messages", "The user opted out.", 8),
        (132015, "Template is Paused", "Template paused due to low quality.", 4),
    ),
    "utility": (*_GENERAL, (131042, "Business eligibility payment issue", "Payment issue.", 2)),
    "authentication": _GENERAL,
    "service": (
        *_GENERAL,
        (131047, "Re-engagement message", "More than 24 hours since the last reply.", 90),
    ),
}
FAILURE_RATES = {"marketing": 0.09, "utility": 0.025, "authentication": 0.015, "service": 0.03}
READ_RATES = {"marketing": 0.45, "utility": 0.7, "authentication": 0.85, "service": 0.9}


@dataclass(frozen=True, slots=True)
class Customer:
    """A simulated person who sends and receives messages."""

    wa_id: str
    user_id: str
    name: str

    def contact(self) -> Item:
        return {"profile": {"name": self.name}, "wa_id": self.wa_id, "user_id": self.user_id}


def customer(rng: Random, number: Number) -> Customer:
    """One of the number's customers."""
    prefix = pick(rng, number.customers)
    code = next(code for code in PHONE_DIGITS if prefix.startswith(code))
    left = PHONE_DIGITS[code] - len(prefix)
    serial = rng.randrange(10**left)
    # The user id belongs to the phone, so it is derived from it.
    digits = Random(f"{prefix}{serial}").randrange(10**15, 10**16)
    return Customer(
        wa_id=f"{prefix}{serial:0{left}d}",
        user_id=f"{COUNTRIES[code]}.{digits}",
        name=NAMES[serial % len(NAMES)],
    )


def message_id(rng: Random) -> str:
    return "wamid." + b64encode(rng.randbytes(27)).decode()


def pick(rng: Random, weights: dict[str, int]) -> str:
    """One of the keys, by weight."""
    return rng.choices(list(weights), list(weights.values()))[0]


def status(
    wamid: str, state: str, at: int, to: Customer, *, callback_data: str | None = None
) -> Item:
    """A status without pricing, conversation and errors; `at` in seconds since 1970."""
    item: Item = {"id": wamid, "status": state, "timestamp": str(at), "recipient_id": to.wa_id}
    if state != "failed":
        item["recipient_user_id"] = to.user_id
    if callback_data:
        item["biz_opaque_callback_data"] = callback_data
    return item


def failure(rng: Random, category: str) -> Failure:
    """Why a message of this category fails, by weight."""
    choices = FAILURES[category]
    return rng.choices(choices, [choice[3] for choice in choices])[0]


def errors(failure: Failure) -> list[Item]:
    """The `errors` of a failed message."""
    code, title, details, _ = failure
    return [
        {"code": code, "title": title, "message": title, "error_data": {"details": details}},
    ]


def message_pricing(category: str, kind: str) -> Item:
    """The `pricing` of a message under per-message pricing."""
    return {
        "billable": kind == "regular",
        "pricing_model": "PMP",
        "type": kind,
        "category": category,
    }


def conversation(rng: Random, origin: str) -> Item:
    """The `conversation` of one message, or of the free window after an advertisement."""
    return {"id": rng.randbytes(16).hex(), "origin": {"type": origin}}


def inbound(
    rng: Random,
    number: Number,
    sender: Customer,
    at: int,
    *,
    reply_to: str | None = None,
    ad: bool = False,
) -> Item:
    """A message from a customer at `at` (seconds since 1970).

    `reply_to` is the id of the message it answers; `ad`: the customer came from an advertisement.
    """
    item: Item = {
        "from": sender.wa_id,
        "from_user_id": sender.user_id,
        "id": message_id(rng),
        "timestamp": str(at),
    }
    if ad:
        serial = rng.randrange(1, 4)
        return item | {
            "type": "text",
            "text": {"body": "Hi, I saw your offer"},
            "referral": {
                "source_url": f"https://example.com/ad/{serial}",
                "source_id": f"30000000000000{serial}",
                "source_type": rng.choice(("ad", "ad", "post")),
                "headline": "Spring offer",
                "body": "Chat with us",
                "media_type": "image",
                "ctwa_clid": rng.randbytes(18).hex(),
            },
        }
    if reply_to:
        item["context"] = {"from": number.display_phone_number, "id": reply_to}
        return item | _answer(rng, reply_to)
    return item | _message(rng)


def _answer(rng: Random, reply_to: str) -> Item:
    kind = pick(rng, {"button": 5, "button_reply": 3, "list_reply": 1, "reaction": 1})
    if kind == "button":
        return {"type": "button", "button": {"payload": "YES", "text": "Yes"}}
    if kind == "reaction":
        return {"type": "reaction", "reaction": {"message_id": reply_to, "emoji": "👍"}}
    reply = {"id": "option-1", "title": "Tomorrow"}
    return {"type": "interactive", "interactive": {"type": kind, kind: reply}}


def _message(rng: Random) -> Item:
    kind = pick(rng, {"text": 70, "image": 14, "audio": 8, "location": 3, "document": 5})
    media = {"id": str(rng.randrange(10**15)), "sha256": rng.randbytes(32).hex()}
    content: dict[str, Item] = {
        "text": {"body": rng.choice(TEXTS)},
        "image": media | {"mime_type": "image/jpeg", "caption": "Like this one"},
        "audio": media | {"mime_type": "audio/ogg; codecs=opus", "voice": True},
        "document": media | {"mime_type": "application/pdf", "filename": "invoice.pdf"},
        "location": {"latitude": 0.0, "longitude": 0.0, "name": "Null Island"},
    }
    return {"type": kind, kind: content[kind]}


def account_change(rng: Random, at: int) -> tuple[str, Item]:
    """A webhook about the account: its field and value; `at` in seconds since 1970."""
    template = {
        "message_template_id": 400000000000001,
        "message_template_name": "spring_offer",
        "message_template_language": "en_US",
    }
    events: dict[str, Item] = {
        "message_template_quality_update": template
        | {"previous_quality_score": "YELLOW", "new_quality_score": "GREEN"},
        "message_template_status_update": template | {"event": "APPROVED", "reason": "NONE"},
        "account_alerts": {
            "entity_type": "WABA",
            "entity_id": 100000000000001,
            "alert_info": {
                "alert_severity": "INFORMATIONAL",
                "alert_status": "NONE",
                "alert_type": "OBA_APPROVED",
                "alert_description": "Sample alert",
            },
        },
        "user_preferences": {
            "user_preferences": [
                {
                    "wa_id": "447700900123",
                    "detail": "User requested to stop marketing messages",
                    "category": "marketing_messages",
                    "value": rng.choice(("stop", "resume")),
                    "timestamp": at,
                }
            ]
        },
    }
    field = rng.choice(sorted(events))
    return field, events[field]


def outage(rng: Random) -> Item:
    """An error that is not about a single message. It has no time, so its details hold a random
    reference that makes it different from the next one."""
    return {
        "code": 131016,
        "title": "Service unavailable",
        "message": "Service unavailable",
        "error_data": {"details": f"Service temporarily unavailable, {rng.randbytes(6).hex()}."},
    }
