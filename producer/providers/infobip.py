"""Infobip: reports and inbound messages in `results`, in the format for WhatsApp alone.

Its documentation: "Receive delivery reports", "Receive seen reports", "Receive inbound message" and
"Message status codes" at infobip.com/docs.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from producer.json_text import dump
from producer.providers.canonical import FEW_ELEMENTS, most_elements
from producer.providers.conversions import content_below, keys, lower, phone, time
from producer.providers.provider import Guide, Json
from producer.providers.shape import Field, Shape, declared, from_entry, to_entry, to_event

NAME = "infobip"
# The key of what stands around the results, beside each of them.
BATCH = "infobip_batch"
RESULTS = "results"
MOST_BYTES = 16_000

# By the begin of the status's name, or by the name of its group.
STATUSES = {
    "delivered_to_operator": "sent",
    "delivered": "delivered",
    "undeliverable": "failed",
    "expired": "failed",
    "rejected": "failed",
    "pending": "queued",
}
NO_ERROR = 0
# A report about an SMS has this key, and otherwise the same shape.
SMS = "smsCount"
KINDS = {
    "contact": "contacts",
    "interactive_button_reply": "interactive.button_reply",
    "interactive_list_reply": "interactive.list_reply",
}
ARRANGE, RESTORE = content_below(KINDS)
REFERRAL = keys({"sourceType": "source_type", "sourceId": "source_id"})
MARKS = frozenset(("sentAt", "doneAt", "seenAt", "deletedAt", "receivedAt"))


def _status_word(value: Any) -> Any:
    words = value.lower() if isinstance(value, str) else ""
    return next((ours for begin, ours in STATUSES.items() if words.startswith(begin)), value)


def _says(status: str) -> Shape:
    """The shape of a report whose key with the time says what happened."""

    def arrange(element: Json) -> None:
        element.setdefault("status", status)

    def restore(element: Json) -> None:
        if element["status"] != status:
            raise ValueError
        del element["status"]

    key = "seenAt" if status == "read" else "deletedAt"
    fields = (
        Field("messageId", "element.id"),
        Field(key, "element.timestamp", time),
        Field("callbackData", "element.biz_opaque_callback_data"),
    )
    return Shape("statuses", fields, arrange=arrange, restore=restore)


_REPORTED = (
    Field("messageId", "element.id"),
    Field("status.name", "element.status", _status_word, keep=True),
    Field("status.groupName", "element.status", _status_word, keep=True),
    Field("doneAt", "element.timestamp", time),
    Field("sentAt", "element.timestamp", time),
    Field("to", "element.recipient_id", phone),
    Field("callbackData", "element.biz_opaque_callback_data"),
)
_STATUS = Shape("statuses", _REPORTED)
_FAILED = Shape(
    "statuses",
    (
        *_REPORTED,
        Field("error.id", "element.errors.code"),
        Field("error.name", "element.errors.title"),
        Field("error.description", "element.errors.message"),
    ),
)
# Refused without an error: the name of the status is the reason.
_REFUSED = Shape(
    "statuses",
    (
        *_REPORTED,
        Field("status.name", "element.errors.title"),
        Field("status.description", "element.errors.message"),
    ),
)
_READ, _DELETED = _says("read"), _says("deleted")
_MESSAGE = Shape(
    "messages",
    (
        Field("messageId", "element.id"),
        Field("from", "element.from", phone),
        Field("to", "metadata.display_phone_number"),
        Field("receivedAt", "element.timestamp", time),
        Field("message.type", "element.type", lower),
        Field("message.context", "element.context"),
        Field("message.referral", "element.referral", REFERRAL),
        Field("message", "element.content"),
        Field("contact.name", "contact.profile.name"),
        Field("contact.username", "contact.profile.username"),
        Field("contact.phoneNumber", "contact.wa_id", phone),
        Field("contact.userId", "contact.user_id"),
        Field("contact.parentUserId", "contact.parent_user_id"),
    ),
    arrange=ARRANGE,
    restore=RESTORE,
)
SHAPES = (_FAILED, _REFUSED, _STATUS, _READ, _DELETED, _MESSAGE)


def recognises(body: Json) -> bool:
    """Whether there are results, and one of them has a time, and an id or a recipient."""
    results = body.get(RESULTS)
    return isinstance(results, list) and any(map(_is_whatsapps, results))


def _is_whatsapps(result: Any) -> bool:
    if not isinstance(result, dict) or MARKS.isdisjoint(result):
        return False
    if "messageId" not in result and "to" not in result:
        return False
    if SMS in result:
        return False
    channel = result.get("channel") or result.get("integrationType") or "whatsapp"
    return isinstance(channel, str) and channel.lower() == "whatsapp"


def _shape_of(result: Json) -> Shape:
    if isinstance(result.get("message"), dict):
        return _MESSAGE
    if "seenAt" in result:
        return _READ
    if "deletedAt" in result:
        return _DELETED
    error, status = result.get("error"), result.get("status")
    if isinstance(error, dict) and error.get("id") not in (None, NO_ERROR):
        return _FAILED
    name = status.get("name") if isinstance(status, dict) else None
    return _REFUSED if _status_word(name) == "failed" else _STATUS


def to_canonical(body: Json) -> Json:
    """One entry for each result. What stands around the results stands beside each of them.

    If all copies of it would take too many bytes, it is kept once, as an event of the account.
    """
    results = body[RESULTS]
    if len(results) > FEW_ELEMENTS and len(results) > most_elements(len(dump(results))):
        return {"statuses": results}  # which is refused as a whole
    around = {key: item for key, item in body.items() if key != RESULTS}
    few = len(results) * len(dump(around)) <= MOST_BYTES
    entries = list(_entries(results, around if few else {}))
    return {"entry": entries if few else [*entries, to_event(BATCH, around, NAME, None, None)]}


def _entries(results: list[Any], around: Json) -> Iterator[Json]:
    """An entry for each object, and one for all that is none, which may be thousands."""
    for result in results:
        if isinstance(result, dict):
            yield _with(around, to_entry(_shape_of(result), result, NAME))
    if odd := [result for result in results if not isinstance(result, dict)]:
        value = {"metadata": {}, "statuses": odd}
        yield _with(around, {"changes": [{"field": "messages", "value": value}]})


def _with(around: Json, entry: Json) -> Json:
    if around:
        entry["changes"][0]["value"][BATCH] = around
    return entry


def _back(shape: Shape | None, canonical: Json) -> Json:
    entry = canonical["entry"][0]
    value = entry["changes"][0]["value"]
    result = from_entry(shape, entry, NAME) if shape else value["statuses"][0]
    return {RESULTS: [result], **value.get(BATCH, {})}


GUIDE = Guide(
    title="Infobip",
    steps=(
        "Under Developer Tools, Subscriptions Management, create a notification profile with this "
        "address: {url}",
        "Choose basic authentication with the user and password of the file.",
        "Add a subscription of the channel WhatsApp for delivery, seen and deletion reports.",
        "In the settings of the WhatsApp sender, forward inbound messages to the same address, in "
        "the format MO_OTT_CONTACT.",
    ),
    keys="""auth = "basic"
username = "bluetick"
password = "env:INFOBIP_PASSWORD"
business_number = "15550006666"
""",
)
PROVIDER = declared(
    NAME,
    recognises=recognises,
    to_canonical=to_canonical,
    candidates=[partial(_back, shape) for shape in (*SHAPES, None)],
    guide=GUIDE,
)
