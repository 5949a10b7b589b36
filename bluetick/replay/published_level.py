"""The privacy level of what the receivers publish, read from the newest record in Kafka.

So that a command that publishes, started without the receiver's configuration, is refused before it
publishes people as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from bluetick.watermarks import READER, BrokerSilent, extents, position, reason, until_eof
from schemas.codec import Undecodable, decode
from schemas.registry import Registry
from schemas.registry_errors import UnknownSchema
from schemas.topics import ACCOUNT_EVENTS, BY_NAME, ERRORS, MESSAGES, SENDS, STATUSES
from settings.errors import BluetickError
from settings.kafka import client_config
from settings.privacy import FULL, Privacy

# From `full`, which keeps most.
LEVELS = (FULL, "pseudonymous", "minimal")
# Where a record is looked for, the first that shows most. Sends come from `bluetick import` too.
ASKED = ((STATUSES, MESSAGES), (ERRORS, ACCOUNT_EVENTS), (SENDS,))
PSEUDONYM_UUID = 8  # its version; see producer/pseudonyms.py
_HASH = re.compile(r"(^|\.)[a-z0-9]{1,8}\.[0-9a-f]{32}$")


class LevelUnknown(BluetickError):
    """It is not certain that the receivers publish at this level, so nothing is published."""


def require_level(bootstrap: str, registry: Registry, privacy: Privacy | None) -> None:
    """Raises LevelUnknown if the receivers hide more than `privacy`; None: no configuration.

    Without a configuration, Kafka must show that they publish everything. Raises BrokerSilent.
    """
    published = published_level(bootstrap, registry)
    if privacy is None and published is None:
        raise LevelUnknown(
            "there is no configuration here, and Kafka has no event that shows the privacy level "
            "of the receiver: pass the receiver's configuration as --config. Nothing was published"
        )
    level = privacy.level if privacy else FULL
    if published and LEVELS.index(level) < LEVELS.index(published):
        raise LevelUnknown(
            f"the receiver publishes at the privacy level {published}, but the level here is "
            f"{level}: pass the receiver's configuration as --config. Nothing was published. "
            "If you have changed the level, wait for the first webhook after that"
        )


def published_level(bootstrap: str, registry: Registry) -> str | None:
    """The least level that the newest record proves; None if there is no readable record.

    Raises BrokerSilent and RegistryUnavailable.
    """
    for topics in ASKED:
        found = _last_records(bootstrap, [topic.name for topic in topics])
        for message in sorted(found, key=lambda one: one.timestamp()[1], reverse=True):
            if record := _decoded(message, registry):
                return level_of(record)
    return None


def level_of(record: dict[str, Any]) -> str:
    """The level of an event. One that names nobody may be of `minimal` too."""
    if not is_hidden(record):
        return FULL
    person = record.get("recipient_id") or record.get("sender_id")
    if person and not _HASH.search(person):
        return "minimal"
    return "pseudonymous"


def is_hidden(record: dict[str, Any]) -> bool:
    """Whether the event was published at another level than `full`: its id says so."""
    try:
        return UUID(str(record.get("event_id"))).version == PSEUDONYM_UUID
    except ValueError:  # not from our receiver
        return False


def _decoded(message: Message, registry: Registry) -> dict[str, Any] | None:
    value = message.value()
    try:
        return decode(value, registry, BY_NAME[str(message.topic())])
    except (Undecodable, UnknownSchema):
        return None


def _last_records(bootstrap: str, names: list[str]) -> Iterator[Message]:
    """The last record of each partition that has one."""
    found = {place: one for place, one in extents(bootstrap, names).items() if one.low < one.end}
    if not found:
        return
    consumer = Consumer({**client_config(bootstrap), **READER})
    try:
        consumer.assign([TopicPartition(*place, one.end - 1) for place, one in found.items()])
        for message in until_eof(consumer, set(found)):
            place = position(message)[0]
            if message.error() is None and position(message)[1] == found[place].end - 1:
                yield message
    except KafkaException as error:
        raise BrokerSilent(f"no broker answers at {bootstrap}: {reason(error)}") from None
    finally:
        consumer.close()
