"""Wati: one event a body, with `eventType` and the ids of WhatsApp and of Wati.

Its documentation: the pages on webhook events at docs.wati.io, and "How to track template message
delivery and status using Wati webhooks" at support.wati.io.
"""

from __future__ import annotations

from functools import partial

from producer.providers.conversions import lower, phone, time
from producer.providers.provider import Guide, Json
from producer.providers.shape import Field, Shape, declared, from_entry, to_entry

NAME = "wati"
MESSAGE = "message"
RECEIVED = "messagereceived"


def _arrange(element: Json) -> None:
    """Moves a text, or the address in `data` with a caption in `text`, below the type."""
    kind, text, data = element.get("type"), element.get("text"), element.get("data")
    if kind == "text" and isinstance(text, str):
        element["text"] = {"body": text}
    elif isinstance(kind, str) and isinstance(data, str) and kind not in element:
        content = {"url": element.pop("data")}
        if isinstance(text, str):
            content["caption"] = element.pop("text")
        element[kind] = content


def _restore(element: Json) -> None:
    kind = element.get("type")
    if kind == "text":
        if isinstance(element.get("text"), dict):
            element["text"] = element["text"]["body"]
    elif isinstance(kind, str) and isinstance(element.get(kind), dict) and "url" in element[kind]:
        content = element.pop(kind)
        element["data"] = content["url"]
        if "caption" in content:
            element["text"] = content["caption"]


_STATUS = Shape(
    "statuses",
    (
        Field("whatsappMessageId", "element.id"),
        Field("localMessageId", "element.id"),
        Field("statusString", "element.status", lower),
        Field("timestamp", "element.timestamp", time),
        Field("created", "element.timestamp", time),
        Field("waId", "element.recipient_id", phone),
        Field("failedCode", "element.errors.code"),
        Field("failedDetail", "element.errors.title"),
        Field("id", "element.wati_id"),
    ),
)
_MESSAGE = Shape(
    "messages",
    (
        Field("whatsappMessageId", "element.id"),
        Field("timestamp", "element.timestamp", time),
        Field("created", "element.timestamp", time),
        Field("waId", "element.from", phone),
        Field("owner", "element.from_me"),
        Field("replyContextId", "element.context.id"),
        Field("listReply", "element.interactive.list_reply"),
        Field("interactiveButtonReply", "element.interactive.button_reply"),
        Field("buttonReply", "element.button"),
        Field("sourceType", "element.referral.source_type"),
        Field("sourceId", "element.referral.source_id"),
        Field("sourceUrl", "element.referral.source_url"),
        Field("senderName", "contact.profile.name"),
        Field("id", "element.wati_id"),
    ),
    arrange=_arrange,
    restore=_restore,
)


def recognises(body: Json) -> bool:
    """Whether there are the two ids' keys of Wati, or one of them and the event's type."""
    if "whatsappMessageId" not in body:
        return False
    return "statusString" in body or isinstance(body.get("eventType"), str)


def to_canonical(body: Json) -> Json:
    """A message, if the event is one, or else a status."""
    event = body.get("eventType")
    if event == MESSAGE:
        rest = {key: item for key, item in body.items() if key != "eventType"}
        return {"entry": [to_entry(_MESSAGE, rest, NAME)]}
    received = isinstance(event, str) and event.lower().endswith(RECEIVED)
    return {"entry": [to_entry(_MESSAGE if received else _STATUS, body, NAME)]}


def _back(shape: Shape, canonical: Json) -> Json:
    body = from_entry(shape, canonical["entry"][0], NAME)
    body.setdefault("whatsappMessageId", "")
    return {"eventType": MESSAGE, **body} if shape is _MESSAGE else body


GUIDE = Guide(
    title="Wati",
    steps=(
        "Under Webhooks, add this address: {login_url}",
        "Choose the events Template Message Sent v2, Session Message Sent v2, Sent Message is "
        "DELIVERED v2, READ v2 and REPLIED v2, Template Message Failed, and Message Received.",
    ),
    keys="""auth = "basic"
username = "bluetick"
password = "env:WATI_PASSWORD"
business_number = "15550010000"
""",
)
PROVIDER = declared(
    NAME,
    recognises=recognises,
    to_canonical=to_canonical,
    candidates=[partial(_back, shape) for shape in (_STATUS, _MESSAGE)],
    guide=GUIDE,
)
