"""Maps an event to what is kept of it at a privacy level. Pure: same event and key, same result.

Each column is named here with what happens to it; one that is not named is left out. So a new
column does not tell who somebody is before this was thought about.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from producer.json_text import dump_text, load
from producer.normalise.event import Event, Json
from producer.pseudonyms import Pseudonyms, is_person
from schemas.topics import ACCOUNT_EVENTS, SENDS
from settings.privacy import FULL, Privacy

KEPT = frozenset(
    (
        *("source", "dialect", "occurred_at", "received_at", "kind", "channel"),
        *("waba_id", "phone_number_id", "display_phone_number"),  # of the business
        *("conversation_expires_at", "billable", "error_code", "code", "template_id"),
        *("template", "language", "cost_centre"),  # as the business names them
    )
)
# Words of providers. They are no place for a number of a person, but anybody may write one there.
WORDS = frozenset(
    (
        *("type", "status", "recipient_type", "origin", "pricing_model", "pricing_type"),
        *("pricing_subtype", "category", "error_title", "title", "field", "event", "reason"),
        *("referral_source_type", "referral_source_id"),
    )
)
PEOPLE = frozenset(
    (
        *("recipient_user_id", "participant_id", "participant_user_id", "sender_id"),
        *("sender_user_id", "context_from"),
    )
)
MESSAGES = frozenset(("message_id", "context_message_id", "target_message_id"))
# Of the states of templates that `bluetick import templates` asks for.
TEMPLATES = "message_templates"
# Account events about the account itself. The value of all others is left out.
ABOUT_THE_ACCOUNT = frozenset(
    (
        *("account_alerts", "account_review_update", "account_update"),
        *("business_capability_update", "business_status_update"),
        *("message_template_quality_update", "message_template_status_update"),
        *("payment_configuration_update", "phone_number_name_update"),
        *("phone_number_quality_update", "template_category_update"),
        *("template_correct_category_detection", TEMPLATES),
    )
)
ABOUT_PEOPLE = frozenset(("contact", "contacts", "wa_id", "user_id", "from", "to", "profile"))
CHANGES = ("edit", "revoke")

# Six digits or more, also with marks between them, and ids of messages.
_NUMBER = re.compile(r"\+?[0-9](?:[ ()./-]{0,2}[0-9]){5,}|wa[mc]id\.\S+")
# What callback_data may be to be kept: what counts as the name of a campaign by default.
REACTION = "bluetick:reaction"
LONGEST_LABEL = 64
_NO_LABEL = re.compile(
    "[^_.:/0-9A-Za-z\u0080-\U0010ffff-]|[0-9A-Za-z]{25}|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-"
)
_DATE = re.compile("(^|[^0-9])20[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])([^0-9]|$)")

Veil = Callable[[Event], Event]


def veil_of(privacy: Privacy) -> Veil | None:
    """The mapping of a level; None for `full`, which keeps every event as it is."""
    if privacy.level == FULL:
        return None
    assert privacy.key_id is not None  # the settings were checked
    pseudonyms = Pseudonyms(privacy.key_id, privacy.keys[privacy.key_id])
    return _Veil(pseudonyms, with_people=privacy.level == "pseudonymous").event


class _Veil:
    def __init__(self, pseudonyms: Pseudonyms, *, with_people: bool) -> None:
        self._pseudonyms = pseudonyms
        self._with_people = with_people
        self._by_column: dict[str, Callable[[Any, Event], Any]] = {
            "recipient_id": self._recipient_id,
            "group_id": self._group_id,
            "conversation_id": self._conversation_id,
            "event_id": self._event_id,
            "content_hash": self._content_hash,
            "callback_data": self._callback_data,
            "campaign": self._campaign,
            "content": self._content,
            "value": self._value,
            "detail": self._detail,
        }

    def event(self, event: Event) -> Event:
        """What is kept of the event. Its key in Kafka is the message's new id."""
        record = {name: self._column(name, event) for name in event.record}
        key = None if event.key is None else self._pseudonyms.message(event.key.decode()).encode()
        return Event(event.topic, key, record)

    def _column(self, name: str, event: Event) -> Any:
        value = event.record[name]
        if value is None or name in KEPT:
            return value
        if name in WORDS:
            return _NUMBER.sub("#", value)
        if name in MESSAGES:
            return self._pseudonyms.message(value)
        if name in PEOPLE:
            return self._person(value, name, event.record)
        change = self._by_column.get(name)
        return change(value, event) if change else None

    def _person(self, name: str, column: str, record: Json) -> str | None:
        if self._with_people:
            return self._pseudonyms.person(name)
        if column.startswith("participant"):
            return self._pseudonyms.person_of(record["message_id"], name)
        return self._pseudonyms.country(name)

    def _recipient_id(self, value: str, event: Event) -> str | None:
        kind = event.record.get("recipient_type")
        # The sender does not say the type.
        if kind == "group" or (event.topic is SENDS and not is_person(value)):
            return self._group_id(value, event)
        return self._person(value, "recipient_id", event.record)

    def _group_id(self, value: str, _: Event) -> str | None:
        return self._pseudonyms.other("group", value) if self._with_people else None

    def _conversation_id(self, value: str, _: Event) -> str:
        return self._pseudonyms.other("conversation", value)

    def _event_id(self, value: str, _: Event) -> str:
        return self._pseudonyms.uuid(value)

    def _content_hash(self, value: int, _: Event) -> int:
        return self._pseudonyms.number(value)

    def _callback_data(self, value: str, _: Event) -> str | None:
        return REACTION if value.startswith(REACTION) else value if _is_label(value) else None

    def _campaign(self, value: str, _: Event) -> str:
        """As the sender names it; only in what cannot be such a name, long numbers become #."""
        return value if _is_label(value.replace(" ", "-")) else _NUMBER.sub("#", value)

    def _content(self, value: str, _: Event) -> str | None:
        """Only its size, and that not at the level `minimal`."""
        return dump_text({"bytes": len(value.encode())}) if self._with_people else None

    def _value(self, value: str, event: Event) -> str | None:
        what = event.record["event"]
        if event.topic is ACCOUNT_EVENTS and event.record["field"] in ABOUT_THE_ACCOUNT:
            return dump_text(_without_people(load(value.encode())))
        if what not in CHANGES:
            return None
        inner = load(value.encode()).get(what)
        target = inner.get("original_message_id") if isinstance(inner, dict) else None
        if not isinstance(target, str):
            return None
        # So that the content of that message is erased.
        return dump_text({what: {"original_message_id": self._pseudonyms.message(target)}})

    def _detail(self, value: str, event: Event) -> str:
        """What was wrong, with the size of the payload that is left out."""
        payload = event.record.get("payload")
        return value if payload is None else f"{value} ({len(payload)} bytes, not kept)"


def _is_label(text: str) -> bool:
    """Whether this looks like the name of a campaign; see warehouse/campaigns.py."""
    digits = sum(character in "0123456789" for character in text)
    return (
        len(text) <= LONGEST_LABEL
        and digits <= 8
        and re.search("[^_.:/0-9-]", text) is not None
        and not _NO_LABEL.search(text)
        and (re.search("[0-9]{5}", text) is None or _DATE.search(text) is not None)
    )


def _without_people(value: Any) -> Any:
    """The same value, changed in place. Without recursion: it may have hundreds of levels."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            for key in ABOUT_PEOPLE & item.keys():
                del item[key]
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
    return value
