"""Vonage, Messages API: one status or inbound message a body.

Its documentation: "WhatsApp Status Callbacks" and "Messages API Status Callbacks" at
developer.vonage.com, and the description of the Messages API.
"""

from __future__ import annotations

from functools import partial

from producer.providers.conversions import CONTENT, content_below, one_of, phone, time
from producer.providers.provider import Guide, Json
from producer.providers.shape import Field, Shape, declared, from_entry, to_entry
from producer.providers.vonage_signature import SIGNATURE

NAME = "vonage"
STATUSES = {"rejected": "failed", "undeliverable": "failed"}
KINDS = {"file": "document", "reply": "interactive.reply"}
BELOW, ABOVE = content_below(KINDS)


def _arrange(element: Json) -> None:
    """The content stands beside the type, below the name of the type; a text stands alone."""
    kind = element.get("type")
    if isinstance(kind, str) and kind in element and kind != "type" and CONTENT not in element:
        content = element.pop(kind)
        element[CONTENT] = {"text": content} if isinstance(content, str) else content
        BELOW(element)


def _restore(element: Json) -> None:
    ABOVE(element)
    content = element.pop(CONTENT)
    alone = isinstance(content, dict) and content.keys() == {"text"} and element["type"] == "text"
    element[element["type"]] = content["text"] if alone else content


_STATUS = Shape(
    "statuses",
    (
        Field("message_uuid", "element.id"),
        Field("status", "element.status", one_of(STATUSES), keep=True),
        Field("timestamp", "element.timestamp", time),
        Field("to", "element.recipient_id", phone),
        Field("from", "metadata.display_phone_number"),
        Field("client_ref", "element.biz_opaque_callback_data"),
        Field("error.title", "element.errors.code"),
        Field("error.detail", "element.errors.title"),
        Field("error.type", "element.errors.href"),
        Field("whatsapp.waba_id", "entry.id"),
        Field("whatsapp.conversation", "element.conversation"),
        Field("whatsapp.pricing", "element.pricing"),
        Field("whatsapp.recipient.wa_id", "contact.wa_id"),
        Field("whatsapp.recipient.user_id", "contact.user_id"),
        Field("whatsapp.recipient.parent_user_id", "contact.parent_user_id"),
        Field("profile.name", "contact.profile.name"),
        Field("profile.username", "contact.profile.username"),
    ),
)
_MESSAGE = Shape(
    "messages",
    (
        Field("message_uuid", "element.id"),
        Field("message_type", "element.type"),
        Field("timestamp", "element.timestamp", time),
        Field("from", "element.from", phone),
        Field("to", "metadata.display_phone_number"),
        Field("context.message_uuid", "element.context.id"),
        Field("context.message_from", "element.context.from"),
        Field("whatsapp.waba_id", "entry.id"),
        Field("whatsapp.referral", "element.referral"),
        Field("profile.name", "contact.profile.name"),
        Field("profile.username", "contact.profile.username"),
    ),
    arrange=_arrange,
    restore=_restore,
)


def recognises(body: Json) -> bool:
    """Whether this is a status or message of WhatsApp with Vonage's keys for channel and time."""
    if body.get("channel") != "whatsapp" or "timestamp" not in body:
        return False
    return "message_uuid" in body and ("status" in body or "message_type" in body)


def to_canonical(body: Json) -> Json:
    """A status or a message."""
    shape = _MESSAGE if "message_type" in body else _STATUS
    rest = {key: item for key, item in body.items() if key != "channel"}
    return {"entry": [to_entry(shape, rest, NAME)]}


def _back(shape: Shape, canonical: Json) -> Json:
    body = from_entry(shape, canonical["entry"][0], NAME)
    return {"channel": "whatsapp", "message_uuid": "", **body}


GUIDE = Guide(
    title="Vonage Messages API",
    steps=(
        "In the application's capability Messages, enter this status URL: {url}",
        "Enter the same address as the inbound URL, and choose the version v1 of webhooks.",
        "The signature secret is in the settings of the account.",
    ),
    keys="""auth = "signature"
app_secrets = ["env:VONAGE_SIGNATURE_SECRET"]
""",
)
PROVIDER = declared(
    NAME,
    recognises=recognises,
    to_canonical=to_canonical,
    candidates=[partial(_back, shape) for shape in (_STATUS, _MESSAGE)],
    signature=SIGNATURE,
    guide=GUIDE,
)
