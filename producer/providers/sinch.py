"""Sinch, Conversation API: delivery reports and inbound messages of the channel WhatsApp.

Its documentation: "Callbacks" of the Conversation API and its page on the channel WhatsApp at
developers.sinch.com.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from producer.providers.conversions import CONTENT, content_below, one_of, phone, time
from producer.providers.provider import Guide, Json
from producer.providers.shape import Field, Shape, declared, from_entry, to_entry
from producer.providers.sinch_signature import SIGNATURE

NAME = "sinch"
REPORT, MESSAGE = "message_delivery_report", "message"
CHANNEL = "WHATSAPP"
SUFFIX = "_message"
STATUSES = {
    "queued_on_channel": "queued",
    "switching_channel": "queued",
    **{word: word for word in ("delivered", "read", "failed")},
}
BELOW, ABOVE = content_below({})


def _arrange(element: Json) -> None:
    """The key of the content says the type, such as `text_message`."""
    content = element.get(CONTENT)
    if not isinstance(content, dict) or len(content) != 1 or "type" in element:
        return
    (key,) = content
    if key.endswith(SUFFIX):
        element["type"] = key.removesuffix(SUFFIX)
        element[CONTENT] = content[key]
        BELOW(element)


def _restore(element: Json) -> None:
    ABOVE(element)
    element[CONTENT] = {element.pop("type") + SUFFIX: element[CONTENT]}


_STATUS = Shape(
    "statuses",
    (
        Field(f"{REPORT}.message_id", "element.id"),
        Field(f"{REPORT}.status", "element.status", one_of(STATUSES), keep=True),
        Field("event_time", "element.timestamp", time),
        Field("accepted_time", "element.timestamp", time),
        Field(f"{REPORT}.channel_identity.identity", "element.recipient_id", phone),
        Field(f"{REPORT}.metadata", "element.biz_opaque_callback_data"),
        Field(f"{REPORT}.reason.channel_code", "element.errors.code"),
        Field(f"{REPORT}.reason.code", "element.errors.title"),
        Field(f"{REPORT}.reason.description", "element.errors.message"),
    ),
    inside=REPORT,
)
_MESSAGE = Shape(
    "messages",
    (
        Field("message.id", "element.id"),
        Field("message.accept_time", "element.timestamp", time),
        Field("event_time", "element.timestamp", time),
        Field("accepted_time", "element.timestamp", time),
        Field("message.channel_identity.identity", "element.from", phone),
        Field("message.contact_message.reply_to.message_id", "element.context.id"),
        Field("message.contact_message", "element.content"),
    ),
    inside=MESSAGE,
    arrange=_arrange,
    restore=_restore,
)
SHAPES = {REPORT: _STATUS, MESSAGE: _MESSAGE}


def recognises(body: Json) -> bool:
    """Whether there is a report or an inbound message, and it is of WhatsApp."""
    key = _key(body)
    identity = body[key].get("channel_identity") if key else None
    return isinstance(identity, dict) and identity.get("channel") == CHANNEL


def _key(body: Json) -> str | None:
    if isinstance(body.get(REPORT), dict):
        return REPORT
    message: Any = body.get(MESSAGE)
    return MESSAGE if isinstance(message, dict) and "contact_message" in message else None


def to_canonical(body: Json) -> Json:
    """A status or a message. The name of the channel is left out."""
    key = _key(body)
    assert key
    identity = dict(body[key]["channel_identity"])
    del identity["channel"]
    inner = {**body[key], "channel_identity": identity}
    if not identity:
        del inner["channel_identity"]
    return {"entry": [to_entry(SHAPES[key], {**body, key: inner}, NAME)]}


def _back(key: str, canonical: Json) -> Json:
    body = from_entry(SHAPES[key], canonical["entry"][0], NAME)
    identity = {"channel": CHANNEL, **body[key].get("channel_identity", {})}
    return {**body, key: {**body[key], "channel_identity": identity}}


GUIDE = Guide(
    title="Sinch Conversation API",
    steps=(
        "In the app of the Conversation API, add a webhook with this address: {url}",
        "Give it the triggers MESSAGE_DELIVERY and MESSAGE_INBOUND, and a secret.",
    ),
    keys="""auth = "signature"
app_secrets = ["env:SINCH_WEBHOOK_SECRET"]
business_number = "15550009999"
""",
)
PROVIDER = declared(
    NAME,
    recognises=recognises,
    to_canonical=to_canonical,
    candidates=[partial(_back, key) for key in SHAPES],
    signature=SIGNATURE,
    guide=GUIDE,
)
