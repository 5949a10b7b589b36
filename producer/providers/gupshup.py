"""Gupshup, version 2 of its callbacks: `type` and `payload`, and the name of the app.

Its documentation: "Message events", "Inbound messages" and "Billing events" at docs.gupshup.io.
Version 3 has the Cloud API's shape.
"""

from __future__ import annotations

from functools import partial

from producer.providers.conversions import content_below
from producer.providers.provider import Guide, Json
from producer.providers.shape import (
    Field,
    Shape,
    declared,
    from_entry,
    from_event,
    to_entry,
    to_event,
)

NAME = "gupshup"
STATUS, MESSAGE = "message-event", "message"
INSIDE = "payload"
KINDS = {
    "file": "document",
    "contact": "contacts",
    "quick_reply": "button",
    "button_reply": "interactive.button_reply",
    "list_reply": "interactive.list_reply",
}
ARRANGE, RESTORE = content_below(KINDS)

# A message is known by Gupshup's id: it is in each event, and WhatsApp's id is not. But a week
# after the message was sent, events have WhatsApp's id alone.
_STATUS = Shape(
    "statuses",
    (
        Field("payload.gsId", "element.id"),
        Field("payload.id", "element.id"),
        Field("payload.id", "element.wamid"),
        Field("payload.payload.whatsappMessageId", "element.wamid"),
        Field("payload.type", "element.status"),
        Field("payload.payload.ts", "element.timestamp"),
        Field("timestamp", "element.timestamp"),
        Field("payload.destination", "element.recipient_id"),
        Field("payload.payload.code", "element.errors.code"),
        Field("payload.payload.reason", "element.errors.title"),
        Field("payload.conversation.id", "element.conversation.id"),
        Field("payload.conversation.expiresAt", "element.conversation.expiration_timestamp"),
        Field("payload.conversation.type", "element.conversation.origin.type"),
        Field("payload.pricing.policy", "element.pricing.pricing_model"),
        Field("payload.pricing.category", "element.pricing.category"),
        Field("payload.pricing.billable", "element.pricing.billable"),
        Field("payload.pricing.type", "element.pricing.type"),
    ),
    inside=INSIDE,
)
_MESSAGE = Shape(
    "messages",
    (
        Field("payload.id", "element.id"),
        Field("payload.source", "element.from"),
        Field("timestamp", "element.timestamp"),
        Field("payload.type", "element.type"),
        Field("payload.payload", "element.content"),
        Field("payload.context.gsId", "element.context.id"),
        Field("payload.context.id", "element.context.id"),
        Field("payload.context.id", "element.context.wamid"),
        Field("payload.sender.phone", "contact.wa_id"),
        Field("payload.sender.name", "contact.profile.name"),
    ),
    inside=INSIDE,
    arrange=ARRANGE,
    restore=RESTORE,
)
SHAPES = {STATUS: _STATUS, MESSAGE: _MESSAGE}
# A payload of a status or message has one of these keys.
MARKS = frozenset(("gsId", "destination", "source", "sender"))


def recognises(body: Json) -> bool:
    """Whether there are a type and a payload: with a mark in it, or for other events, the app."""
    payload = body.get("payload")
    if not isinstance(payload, dict) or not isinstance(body.get("type"), str):
        return False
    return not MARKS.isdisjoint(payload) if body["type"] in SHAPES else "app" in body


def to_canonical(body: Json) -> Json:
    """A status, a message, or a value of the field that the body's type names."""
    kind = body["type"]
    rest = {key: item for key, item in body.items() if key != "type"}
    if kind in SHAPES:
        return {"entry": [to_entry(SHAPES[kind], rest, NAME)]}
    return {"entry": [to_event(kind, rest, NAME, INSIDE, rest.get("timestamp"))]}


def _back(kind: str, canonical: Json) -> Json:
    return {"type": kind, **from_entry(SHAPES[kind], canonical["entry"][0], NAME)}


def _event(canonical: Json) -> Json:
    kind, body = from_event(canonical, NAME, INSIDE)
    return {"type": kind, **body}


GUIDE = Guide(
    title="Gupshup",
    steps=(
        "In the app's webhook settings, enter this callback URL: {login_url}",
        "Choose the payload format v2, and select all message events.",
    ),
    keys="""auth = "basic"
username = "bluetick"
password = "env:GUPSHUP_PASSWORD"
business_number = "15550005555"
""",
)
PROVIDER = declared(
    NAME,
    recognises=recognises,
    to_canonical=to_canonical,
    candidates=(*(partial(_back, kind) for kind in SHAPES), _event),
    guide=GUIDE,
)
