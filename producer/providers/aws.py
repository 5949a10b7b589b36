"""AWS End User Messaging Social: Meta's entry as a JSON text, alone or in a notification of SNS.

Its documentation: "WhatsApp message and event destinations" of the service's user guide.
"""

from __future__ import annotations

from typing import Any

from producer.json_text import dump, load
from producer.providers.aws_signature import HANDSHAKE, SIGNATURE
from producer.providers.provider import Guide, Json, Provider

ENTRY = "whatsAppWebhookEntry"
# The key beside the lists that holds what AWS adds.
ADDED = "aws"


def recognises(body: Json, configured: bool) -> bool:  # noqa: ARG001
    """Whether there is an entry of Meta's, directly or in the message of a notification."""
    return _entry(_event(body)) is not None


def to_canonical(body: Json) -> Json:
    """Meta's envelope. What AWS says around the entry stands in each change, as `aws`."""
    event = _event(body)
    entry = _entry(event)
    added = {key: item for key, item in event.items() if key != ENTRY}
    if event is not body:
        added["sns"] = {key: item for key, item in body.items() if key != "Message"}
    if not isinstance(entry, dict) or not added:
        return {**added, "entry": entry}
    changes = entry.get("changes")
    if not isinstance(changes, list) or not all(map(_has_room, changes)):
        return {**added, "entry": [entry]}
    said = [{**change, "value": {**change["value"], ADDED: added}} for change in changes]
    return {"entry": [{**entry, "changes": said}]}


def from_canonical(body: Json) -> Json:
    """An event of AWS with the only change of this body."""
    entry = body["entry"][0]
    added: Json = {}
    match entry:
        case {"changes": [{"value": {"aws": dict(said)} as value} as change]}:
            added = said
            left = {key: item for key, item in value.items() if key != ADDED}
            entry = {**entry, "changes": [{**change, "value": left}]}
    sns = added.get("sns")
    event = {
        **{key: item for key, item in added.items() if key != "sns"},
        ENTRY: dump(entry).decode(),
    }
    return {**sns, "Message": dump(event).decode()} if isinstance(sns, dict) else event


def _event(body: Json) -> Json:
    """The event of AWS: the body, or the message in it."""
    if body.get("Type") == "Notification":
        message = _parsed(body.get("Message"))
        if isinstance(message, dict):
            return message
    return body


def _entry(event: Json) -> Any:
    """Meta's entry; None if there is none."""
    entry = _parsed(event.get(ENTRY))
    return entry if isinstance(entry, dict | list) else None


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return load(value.encode())
    except ValueError:
        return None


def _has_room(change: Any) -> bool:
    """Whether the value of a change is an object without a key of this name."""
    return (
        isinstance(change, dict)
        and isinstance(change.get("value"), dict)
        and ADDED not in change["value"]
    )


GUIDE = Guide(
    title="AWS End User Messaging Social",
    steps=(
        "Set an SNS topic as the event destination of the WhatsApp Business Account.",
        "Subscribe the topic, without raw message delivery, with the protocol HTTPS and this "
        "address: {url}",
        "Start the receiver first: it confirms the subscription by itself.",
    ),
    keys="""auth = "signature"
topic_arn = "arn:aws:sns:REGION:ACCOUNT:TOPIC"
""",
)
PROVIDER = Provider(
    recognises,
    to_canonical,
    from_canonical,
    signature=SIGNATURE,
    handshake=HANDSHAKE,
    guide=GUIDE,
)
