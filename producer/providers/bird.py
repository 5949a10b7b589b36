"""Bird, Channels API: outgoing and inbound messages of WhatsApp, and interactions with them.

Its documentation: "Message status and interactions" at docs.bird.com.
"""

from __future__ import annotations

from functools import partial

from producer.providers.bird_signature import SIGNATURE
from producer.providers.conversions import CONTENT, content_below, one_of, phone, time
from producer.providers.provider import Guide, Json
from producer.providers.shape import Field, Shape, declared, from_entry, to_entry

NAME = "bird"
SERVICE = "channels"
OUT, IN, INTERACTION = "whatsapp.outbound", "whatsapp.inbound", "whatsapp.interaction"
STATUSES = {
    "processing": "queued",
    "rejected": "failed",
    "sending_failed": "failed",
    "delivery_failed": "failed",
}
BELOW, ABOVE = content_below({"file": "document"})


def _arrange(element: Json) -> None:
    """The body of a message has its content below the name of its type."""
    kind, content = element.get("type"), element.get(CONTENT)
    if isinstance(kind, str) and isinstance(content, dict) and content.keys() == {kind}:
        element[CONTENT] = content[kind]
        BELOW(element)


def _restore(element: Json) -> None:
    ABOVE(element)
    element[CONTENT] = {element["type"]: element[CONTENT]}


_STATUS = Shape(
    "statuses",
    (
        Field("payload.id", "element.id"),
        Field("payload.status", "element.status", one_of(STATUSES), keep=True),
        Field("payload.lastStatusAt", "element.timestamp", time),
        Field("payload.updatedAt", "element.timestamp", time),
        Field("payload.createdAt", "element.timestamp", time),
        Field("payload.receiver.contact.identifierValue", "element.recipient_id", phone),
        Field("payload.reference", "element.biz_opaque_callback_data"),
        Field("payload.reason", "element.errors.title"),
    ),
    inside="payload",
)
_INTERACTION = Shape(
    "statuses",
    (
        Field("payload.messageId", "element.id"),
        Field("payload.type", "element.status"),
        Field("payload.createdAt", "element.timestamp", time),
    ),
    inside="payload",
)
_MESSAGE = Shape(
    "messages",
    (
        Field("payload.id", "element.id"),
        Field("payload.body.type", "element.type"),
        Field("payload.body", "element.content"),
        Field("payload.meta.extraInformation.timestamp", "element.timestamp"),
        Field("payload.createdAt", "element.timestamp", time),
        Field("payload.sender.contact.identifierValue", "element.from", phone),
        Field("payload.sender.contact.annotations.name", "contact.profile.name"),
    ),
    inside="payload",
    arrange=_arrange,
    restore=_restore,
)
SHAPES = {OUT: _STATUS, IN: _MESSAGE, INTERACTION: _INTERACTION}


def recognises(body: Json) -> bool:
    """Whether this is an event of the service `channels` about WhatsApp, with a payload."""
    if body.get("service") != SERVICE or body.get("event") not in (OUT, IN, INTERACTION):
        return False
    return isinstance(body.get("payload"), dict)


def to_canonical(body: Json) -> Json:
    """A status or a message."""
    event = body["event"]
    rest = {key: item for key, item in body.items() if key not in ("service", "event")}
    rest["payload"] = _with_one_contact(rest["payload"])
    return {"entry": [to_entry(SHAPES[event], rest, NAME)]}


def _with_one_contact(payload: Json) -> Json:
    """The payload with its only receiver as `contact` instead of a list of one."""
    match payload:
        case {"receiver": {"contacts": [{} as contact]} as receiver} if "contact" not in receiver:
            others = {key: item for key, item in receiver.items() if key != "contacts"}
            return {**payload, "receiver": {**others, "contact": contact}}
    return payload


def _back(event: str, canonical: Json) -> Json:
    body = from_entry(SHAPES[event], canonical["entry"][0], NAME)
    payload = body["payload"]
    match payload:
        case {"receiver": {"contact": {} as contact} as receiver}:
            others = {key: item for key, item in receiver.items() if key != "contact"}
            payload = {**payload, "receiver": {**others, "contacts": [contact]}}
    return {"service": SERVICE, "event": event, **body, "payload": payload}


GUIDE = Guide(
    title="Bird",
    steps=(
        "With the Notifications API, subscribe {url} to the service channels, with the events "
        "whatsapp.outbound, whatsapp.inbound and whatsapp.interaction.",
        "Give the subscription a signingKey of your choice.",
    ),
    keys="""auth = "signature"
app_secrets = ["env:BIRD_SIGNING_KEY"]
public_url = "{url}"
business_number = "15550011111"
""",
)
PROVIDER = declared(
    NAME,
    recognises=recognises,
    to_canonical=to_canonical,
    candidates=[partial(_back, event) for event in (OUT, IN, INTERACTION)],
    signature=SIGNATURE,
    guide=GUIDE,
)
