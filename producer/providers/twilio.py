"""Twilio: one status or one inbound message in each body, as a form or as an object of texts.

Its documentation: "Twilio's request to your incoming message Webhook URL", "Outbound Message
Status in Status Callbacks". Parameters without a place keep their names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from producer import form
from producer.providers.canonical import FLAT_KEYS
from producer.providers.provider import Guide, Json, Provider
from producer.providers.twilio_signature import SIGNATURE

Places = dict[str, tuple[str, ...]]

ID = "MessageSid"
CALL_ID = "CallSid"
STATUS = "MessageStatus"
OLD_STATUS = "SmsStatus"  # the same as STATUS, or alone in inbound messages
TYPE = "MessageType"
NAME = "ProfileName"
WA_ID = "WaId"
# Older names of parameters, with the same value.
COPIES = ("SmsSid", "SmsMessageSid")

PREFIX = "whatsapp:"
BEFORE_NUMBERS = "+ \t\r\n"
NUMBER = re.compile(r"[0-9]{1,30}")
INBOUND = ("received", "receiving")
SAME_AS = {"undelivered": "failed"}  # statuses that WhatsApp has one word for

# Where a parameter stands in the element: texts, addresses and flags of statuses and messages.
STATUS_ADDRESSES: Places = {
    "To": ("recipient_id",),
    "ExternalUserId": ("recipient_user_id",),
}
ERROR: Places = {
    "ErrorCode": ("errors", "code"),
    "ErrorMessage": ("errors", "message"),
    "ChannelStatusMessage": ("errors", "details"),
}
MESSAGE_ADDRESSES: Places = {
    "From": ("from",),
    "ExternalUserId": ("from_user_id",),
    "OriginalRepliedMessageSender": ("context", "from"),
}
MESSAGE: Places = {
    "OriginalRepliedMessageSid": ("context", "id"),
    "ReferralBody": ("referral", "body"),
    "ReferralHeadline": ("referral", "headline"),
    "ReferralSourceId": ("referral", "source_id"),
    "ReferralSourceType": ("referral", "source_type"),
    "ReferralSourceUrl": ("referral", "source_url"),
    "ReferralCtwaClid": ("referral", "ctwa_clid"),
}
FLAGS: Places = {
    "Forwarded": ("context", "forwarded"),
    "FrequentlyForwarded": ("context", "frequently_forwarded"),
}
# The same for the content of each type.
CONTENT: dict[str, Places] = {
    "text": {"Body": ("text", "body")},
    "location": {
        "Latitude": ("location", "latitude"),
        "Longitude": ("location", "longitude"),
        "Label": ("location", "name"),
        "Address": ("location", "address"),
    },
    "button": {"ButtonText": ("button", "text"), "ButtonPayload": ("button", "payload")},
    "interactive": {
        "ButtonText": ("interactive", "button_reply", "title"),
        "ButtonPayload": ("interactive", "button_reply", "id"),
        "ListTitle": ("interactive", "list_reply", "title"),
        "ListId": ("interactive", "list_reply", "id"),
    },
    **{
        kind: {
            "MediaUrl0": (kind, "url"),
            "MediaContentType0": (kind, "mime_type"),
            "Body": (kind, "caption"),
        }
        for kind in ("image", "video", "audio", "voice", "document", "sticker", "contacts")
    },
}
ALL = (STATUS_ADDRESSES, ERROR, MESSAGE_ADDRESSES, MESSAGE, FLAGS, *CONTENT.values())
# Keys of an element that only the parameters above fill, so that the way back is exact.
RESERVED = {"id", "status", "type"} | {path[0] for places in ALL for path in places.values()}
WITH_BUTTONS = ("button", "interactive")
# The types of messages that name none, by the first of these parameters that has a text.
TYPE_BY = {
    "Latitude": "location",
    "ButtonText": "button",
    "ButtonPayload": "button",
    "ListId": "interactive",
    "Body": "text",
}


def recognises(body: Json, configured: bool) -> bool:  # noqa: ARG001
    """Whether there is an id of Twilio's and an address, and no list of another shape."""
    ids = isinstance(body.get(ID), str) or isinstance(body.get(CALL_ID), str)
    return ids and ("From" in body or "To" in body) and not FLAT_KEYS & body.keys()


def other_product(body: Json) -> str | None:
    """Text messages and calls come in the same shape."""
    if not isinstance(body.get(ID), str):
        return "calls are not read"
    if _address(body.get("From")) or _address(body.get("To")):
        return None
    return "neither address is one of WhatsApp"


def decode(body: bytes) -> Json | None:
    """The parameters of a form of any product of Twilio's."""
    found = form.load(body)
    return found if found and ("AccountSid" in found or recognises(found, True)) else None


def to_canonical(body: Json) -> Json:
    """An envelope with one status or message."""
    rest = dict(body)
    for copy in COPIES:
        if rest.get(copy) == rest[ID]:
            del rest[copy]
    status = _status(body)
    value = _message_value(rest) if status is None else _status_value(rest, status)
    return {"entry": [{"changes": [{"field": "messages", "value": value}]}]}


def from_canonical(body: Json) -> Json:
    """The parameters of the only status or message."""
    value = body["entry"][0]["changes"][0]["value"]
    name = "statuses" if "statuses" in value else "messages"
    rest = dict(value[name][0])
    found: Json = {ID: rest.pop("id", None)}
    number = _sent_address(value.get("metadata", {}).get("display_phone_number"))
    if name == "statuses":
        found |= {STATUS: rest.pop("status", None), "From": number}
        _back(rest, found, STATUS_ADDRESSES, _sent_address)
        _back(rest, found, ERROR)
    else:
        kind = rest.pop("type", None)
        found |= {TYPE: kind, "To": number}
        _back(rest, found, MESSAGE_ADDRESSES, _sent_address)
        _back(rest, found, MESSAGE | CONTENT.get(kind, {}))
        _back(rest, found, FLAGS, lambda _: "true")
        for card in value.get("contacts", ()):
            found[NAME] = card["profile"]["name"]
    # A parameter that was kept beside its canonical value, such as another spelling, counts.
    return {key: item for key, item in found.items() if item is not None} | rest


def _status(body: Json) -> str | None:
    """The status of a message that was sent; None for an inbound message."""
    for name in (STATUS, OLD_STATUS):
        stated = _text(body.get(name))
        if stated is not None:
            return None if stated.strip().lower() in INBOUND else stated
    return None


def _status_value(rest: Json, stated: str) -> Json:
    status = SAME_AS.get(stated.strip().lower(), stated)
    named = rest.get(STATUS) == stated
    # The old parameter says something of its own if it differs from the new one.
    if rest.get(OLD_STATUS) == stated and (named or (STATUS not in rest and status == stated)):
        del rest[OLD_STATUS]
    if named and status == stated:
        del rest[STATUS]
    element: Json = {"id": rest.pop(ID), "status": status}
    metadata = _metadata(rest, "From")
    _move(rest, element, STATUS_ADDRESSES, _address)
    if _text(rest.get("ErrorCode")):
        _move(rest, element, ERROR, _text)
    return {"metadata": metadata, "statuses": [_joined(element, rest)]}


def _message_value(rest: Json) -> Json:
    kind = _type(rest)
    if rest.get(TYPE) == kind:
        del rest[TYPE]
    if rest.get(OLD_STATUS) == INBOUND[0]:
        del rest[OLD_STATUS]
    if kind in WITH_BUTTONS and rest.get("Body") in (rest.get("ButtonText"), rest.get("ListTitle")):
        rest.pop("Body", None)
    element: Json = {"id": rest.pop(ID), "type": kind}
    metadata = _metadata(rest, "To")
    _move(rest, element, MESSAGE_ADDRESSES, _address)
    _move(rest, element, MESSAGE | CONTENT.get(kind, {}), _text)
    _move(rest, element, FLAGS, _true)
    if rest.get(WA_ID) is not None and rest[WA_ID] == element.get("from"):
        del rest[WA_ID]
    name = _text(rest.get(NAME))
    people = [] if name is None else [{"profile": {"name": rest.pop(NAME)}}]
    return {"metadata": metadata, "contacts": people, "messages": [_joined(element, rest)]}


def _type(rest: Json) -> str:
    stated = _text(rest.get(TYPE))
    if stated is not None and stated.strip():
        return stated.strip().lower()
    media = _text(rest.get("MediaContentType0"))
    if media is not None:
        return _type_of_media(media.lower())
    return next((kind for name, kind in TYPE_BY.items() if _text(rest.get(name))), "unknown")


def _type_of_media(media: str) -> str:
    family, _, exact = media.partition("/")
    if "vcard" in exact:
        return "contacts"
    return family if family in ("image", "video", "audio") else "document"


def _metadata(rest: Json, name: str) -> Json:
    number: Json = {}
    _move(rest, number, {name: ("display_phone_number",)}, _number)
    return number


def _move(rest: Json, element: Json, places: Places, read: Callable[[Any], Any]) -> None:
    """Moves parameters to their places, and drops empty ones. One that cannot be read stays."""
    for name, (*outer, last) in places.items():
        found = read(rest.get(name))
        if found is not None:
            inner = element
            for key in outer:
                inner = inner.setdefault(key, {})
            inner[last] = found
        if found is not None or rest.get(name) in (None, ""):
            rest.pop(name, None)


def _back(
    rest: Json, found: Json, places: Places, write: Callable[[Any], Any] = lambda value: value
) -> None:
    for name, path in places.items():
        value = _popped(rest, path)
        if value is not None:
            found[name] = write(value)


def _popped(element: Json, path: tuple[str, ...]) -> Any:
    """Takes the value at this path out of the element, and objects that are empty then."""
    key, *deeper = path
    if not deeper:
        return element.pop(key, None)
    if not isinstance(element.get(key), dict):
        return None
    inner = element[key] = dict(element[key])
    value = _popped(inner, tuple(deeper))
    if not inner:
        del element[key]
    return value


def _joined(element: Json, rest: Json) -> Json:
    """The element and the parameters without a place; one named as a place gets an underscore."""
    found = dict(element)
    for key, value in rest.items():
        while key in found or key in RESERVED:
            key += "_"
        found[key] = value
    return found


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _true(value: Any) -> bool | None:
    return True if value == "true" else None


def _address(value: Any) -> str | None:
    """The number or user id of an address such as `whatsapp:+15550001234`; else None."""
    if not isinstance(value, str) or not value.lower().startswith(PREFIX):
        return None
    return value[len(PREFIX) :].lstrip(BEFORE_NUMBERS).rstrip() or None


def _number(value: Any) -> str | None:
    found = _address(value)
    return found if found and NUMBER.fullmatch(found) else None


def _sent_address(value: Any) -> Any:
    if not isinstance(value, str):
        return None
    return f"{PREFIX}{'+' if value.isdigit() else ''}{value}"


GUIDE = Guide(
    title="Twilio",
    steps=(
        "Under Messaging, Senders, WhatsApp senders, open each sender.",
        "Enter this status callback URL, with HTTP POST: {url}",
        "Enter the same address as the webhook URL for incoming messages, unless an application "
        "of yours answers them.",
    ),
    keys="""auth = "signature"
app_secrets = ["env:TWILIO_AUTH_TOKEN"]
public_url = "{url}"
""",
)
PROVIDER = Provider(
    recognises,
    to_canonical,
    from_canonical,
    other_product,
    decode=decode,
    signature=SIGNATURE,
    guide=GUIDE,
)
