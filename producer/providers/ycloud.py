"""YCloud: one event a body, with `type` and the object of the event.

Its documentation: "Webhook Events & Payloads", `whatsapp.message.updated` and
`whatsapp.inbound_message.received` at docs.ycloud.com.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from producer.providers.conversions import phone, time
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
from producer.providers.ycloud_signature import SIGNATURE

NAME = "ycloud"
STATUS, MESSAGE = "whatsapp.message.updated", "whatsapp.inbound_message.received"
OUT, IN = "whatsappMessage", "whatsappInboundMessage"
INSIDE = {STATUS: OUT, MESSAGE: IN}
# The key with the time of each status.
TIMES = {"sent": "sendTime", "delivered": "deliverTime", "read": "readTime"}


def _status(key: str, code: str) -> Shape:
    """The shape of a status with its time in `key`, and `errorCode` as this column of an error."""
    fields = (
        Field(f"{OUT}.id", "element.id"),
        Field(f"{OUT}.status", "element.status"),
        Field(f"{OUT}.{key}", "element.timestamp", time),
        Field("createTime", "element.timestamp", time),
        Field(f"{OUT}.to", "element.recipient_id", phone),
        Field(f"{OUT}.recipientUserId", "element.recipient_user_id"),
        Field(f"{OUT}.from", "metadata.display_phone_number"),
        Field(f"{OUT}.wabaId", "entry.id"),
        Field(f"{OUT}.externalId", "element.biz_opaque_callback_data"),
        Field(f"{OUT}.customerProfile", "contact.profile"),
        Field(f"{OUT}.conversation.id", "element.conversation.id"),
        Field(f"{OUT}.conversation.originType", "element.conversation.origin.type"),
        Field(f"{OUT}.conversation.expireTime", "element.conversation.expiration_timestamp", time),
        Field(f"{OUT}.pricingModel", "element.pricing.pricing_model"),
        Field(f"{OUT}.pricingCategory", "element.pricing.category"),
        Field(f"{OUT}.pricingType", "element.pricing.type"),
        Field(f"{OUT}.errorCode", f"element.errors.{code}"),
        Field(f"{OUT}.errorMessage", "element.errors.message"),
        Field(f"{OUT}.whatsappApiError.error_data", "element.errors.error_data"),
    )
    return Shape("statuses", fields, inside=OUT)


# A word as `errorCode` is of YCloud, a number is of Meta.
_STATUSES = {
    (key, code): _status(key, code)
    for key in (*TIMES.values(), "updateTime")
    for code in ("code", "title")
}
_MESSAGE = Shape(
    "messages",
    (
        Field(f"{IN}.wamid", "element.id"),
        Field(f"{IN}.id", "element.id"),
        Field(f"{IN}.id", "element.ycloud_id"),
        Field(f"{IN}.from", "element.from", phone),
        Field(f"{IN}.fromUserId", "element.from_user_id"),
        Field(f"{IN}.to", "metadata.display_phone_number"),
        Field(f"{IN}.wabaId", "entry.id"),
        Field(f"{IN}.sendTime", "element.timestamp", time),
        Field("createTime", "element.timestamp", time),
        Field(f"{IN}.customerProfile", "contact.profile"),
    ),
    inside=IN,
)


def recognises(body: Json) -> bool:
    """Whether this is an event of WhatsApp, with its object or with YCloud's keys around it."""
    kind = body.get("type")
    if not isinstance(kind, str) or not kind.startswith("whatsapp."):
        return False
    if kind in INSIDE and isinstance(body.get(INSIDE[kind]), dict):
        return True
    return "apiVersion" in body and "createTime" in body


def to_canonical(body: Json) -> Json:
    """A status, a message, or a value of the field that the event's type names."""
    kind = body["type"]
    rest = {key: item for key, item in body.items() if key != "type"}
    if kind not in INSIDE or not isinstance(body.get(INSIDE[kind]), dict):
        return {"entry": [to_event(kind, rest, NAME, None, time(rest.get("createTime")))]}
    shape = _MESSAGE if kind == MESSAGE else _status_shape(body[OUT])
    return {"entry": [to_entry(shape, rest, NAME)]}


def _status_shape(message: Json) -> Shape:
    status: Any = message.get("status")
    code = message.get("errorCode")
    word = isinstance(code, str) and not code.isdecimal()
    key = TIMES.get(status, "updateTime") if isinstance(status, str) else "updateTime"
    return _STATUSES[key, "title" if word else "code"]


def _back(shape: Shape, canonical: Json) -> Json:
    kind = MESSAGE if shape is _MESSAGE else STATUS
    return {"type": kind, **from_entry(shape, canonical["entry"][0], NAME)}


def _event(canonical: Json) -> Json:
    kind, body = from_event(canonical, NAME, None)
    return {"type": kind, **body}


GUIDE = Guide(
    title="YCloud",
    steps=(
        "Under Developers, Webhooks, add an endpoint with this address: {url}",
        "Choose the events whatsapp.message.updated and whatsapp.inbound_message.received, and "
        "any other event of WhatsApp that you want to see.",
    ),
    keys="""auth = "signature"
app_secrets = ["env:YCLOUD_WEBHOOK_SECRET"]
""",
)
PROVIDER = declared(
    NAME,
    recognises=recognises,
    to_canonical=to_canonical,
    candidates=(*(partial(_back, shape) for shape in (*_STATUSES.values(), _MESSAGE)), _event),
    signature=SIGNATURE,
    guide=GUIDE,
)
