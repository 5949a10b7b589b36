"""Azure Communication Services: events of Advanced Messaging, delivered by Event Grid.

Its documentation: "Azure Communication Services - Advanced Messaging events" at
learn.microsoft.com.
Both schemas of Event Grid are read: its own one and the one of CloudEvents.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from producer.providers.azure_handshake import HANDSHAKE
from producer.providers.conversions import keys, lower, phone, time
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

NAME = "azure"
PREFIX = "Microsoft.Communication.AdvancedMessage"
STATUS, MESSAGE = f"{PREFIX}DeliveryStatusUpdated", f"{PREFIX}Received"
# The key of the event's type in Event Grid's own schema; CloudEvents have `type`.
TYPE = "eventType"
INSIDE = "data"
INTERACTIVE = keys({"buttonReply": "button_reply", "listReply": "list_reply"})


def _arrange(element: Json) -> None:
    """Media go below the type of the message."""
    kind = element.get("type")
    if isinstance(kind, str) and kind not in element and isinstance(element.get("media"), dict):
        element[kind] = element.pop("media")


def _restore(element: Json) -> None:
    kind = element.get("type")
    content = element.get(kind) if isinstance(kind, str) else None
    if "media" not in element and isinstance(content, dict) and "mimeType" in content:
        element["media"] = content
        del element[str(kind)]


_TIMES = tuple(
    Field(place, "element.timestamp", time)
    for place in ("data.receivedTimestamp", "data.receivedTimeStamp", "eventTime", "time")
)
_STATUS = Shape(
    "statuses",
    (
        Field("data.messageId", "element.id"),
        Field("data.status", "element.status", lower),
        *_TIMES,
        Field("data.to", "element.recipient_id", phone),
        Field("data.from", "metadata.phone_number_id"),
        Field("data.error.channelCode", "element.errors.code"),
        Field("data.error.channelMessage", "element.errors.title"),
    ),
    inside=INSIDE,
)
_MESSAGE = Shape(
    "messages",
    (
        Field("data.messageId", "element.id"),
        Field("data.messageType", "element.type"),
        *_TIMES,
        Field("data.from", "element.from", phone),
        Field("data.to", "metadata.phone_number_id"),
        Field("data.content", "element.text.body"),
        Field("data.interactive", "element.interactive", INTERACTIVE),
        Field("data.reaction", "element.reaction", keys({"messageId": "message_id"})),
        Field("data.context", "element.context"),
    ),
    inside=INSIDE,
    arrange=_arrange,
    restore=_restore,
)
SHAPES = {STATUS: _STATUS, MESSAGE: _MESSAGE}


def recognises(body: Json) -> bool:
    """Whether this is an event of Advanced Messaging, in one of the schemas."""
    kind = _kind(body)
    return isinstance(kind, str) and kind.startswith(PREFIX) and isinstance(body.get("data"), dict)


def _kind(body: Json) -> Any:
    return body[TYPE] if TYPE in body else body.get("type")


def to_canonical(body: Json) -> Json:
    """A status, a message, or a value of the field that the event's type names."""
    kind = _kind(body)
    rest = {key: item for key, item in body.items() if key != TYPE}
    if kind in SHAPES:
        return {"entry": [to_entry(SHAPES[kind], rest, NAME)]}
    at = time(rest.get("eventTime") or rest.get("time"))
    return {"entry": [to_event(kind, rest, NAME, INSIDE, at)]}


def _back(kind: str, canonical: Json) -> Json:
    body = from_entry(SHAPES[kind], canonical["entry"][0], NAME)
    return body if _kind(body) == kind else {TYPE: kind, **body}


def _event(canonical: Json) -> Json:
    kind, body = from_event(canonical, NAME, INSIDE)
    return body if _kind(body) == kind else {TYPE: kind, **body}


GUIDE = Guide(
    title="Azure Event Grid",
    steps=(
        "In the Communication Services resource, add an event subscription with the event types "
        "Advanced Message Received and Advanced Message Delivery Status Updated.",
        "Choose a web hook as its endpoint: {url}",
        "Under Delivery Properties, add the header X-Webhook-Token with a secret of your choice.",
        "Start the receiver first: Event Grid asks at once whether the address wants its events.",
    ),
    keys="""auth = "header"
header = "X-Webhook-Token"
token = "env:AZURE_TOKEN"
business_number = "15550012222"
""",
)
PROVIDER = declared(
    NAME,
    recognises=recognises,
    to_canonical=to_canonical,
    candidates=(*(partial(_back, kind) for kind in SHAPES), _event),
    handshake=HANDSHAKE,
    guide=GUIDE,
)
