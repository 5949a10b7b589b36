"""`bluetick permit`: creates the topics, and gives users of Kafka only the rights they need."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from bluetick.watermarks import reason
from schemas.create_topics import ensure_topics
from schemas.topics import TOPICS
from settings.errors import BluetickError
from settings.kafka import client_config

SECONDS = 30.0
# A broker knows new rights a moment after they were granted.
PAUSE_SECONDS = 0.05
# Commands that ask for offsets name this group; they do not join it.
READER_GROUP = "bluetick-reader"
RECEIVER = (AclOperation.WRITE, AclOperation.DESCRIBE)
# `bluetick doctor` reads the settings of the topics.
CONSUMER = (AclOperation.READ, AclOperation.DESCRIBE, AclOperation.DESCRIBE_CONFIGS)


class NotPermitted(BluetickError):
    """Kafka did not grant the rights; the message says why."""


@dataclass(frozen=True, slots=True)
class Users:
    """The names of the users in Kafka, and the group that the consumer joins."""

    receiver: str
    consumer: str
    group: str


def permit(bootstrap: str, users: Users) -> int:
    """Returns the number of rights. Done again, it changes nothing. Raises NotPermitted."""
    try:
        ensure_topics(bootstrap, timeout=SECONDS)
        wanted = list(rights(users))
        admin = AdminClient({**client_config(bootstrap), "log_level": 2})
        for future in admin.create_acls(wanted, request_timeout=SECONDS).values():
            future.result(SECONDS)
        _await_effect(admin, wanted)
    except (KafkaException, TimeoutError) as error:
        why = reason(error) if isinstance(error, KafkaException) else "it takes too long"
        raise NotPermitted(
            f"the Kafka at {bootstrap} granted nothing more: {why}. Run this as its administrator"
        ) from None
    return len(wanted)


def _await_effect(admin: AdminClient, wanted: list[AclBinding]) -> None:
    """Returns when the broker knows the rights, so that a receiver may start. Raises TimeoutError.

    A producer that the broker refuses once must be replaced; until then, webhooks get 503.
    """
    any_name: Any = None  # what its type leaves out
    everything = AclBindingFilter(
        ResourceType.ANY,
        any_name,
        ResourcePatternType.ANY,
        any_name,
        any_name,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    deadline = time.monotonic() + SECONDS
    while not set(wanted) <= set(
        admin.describe_acls(everything, request_timeout=SECONDS).result(SECONDS)
    ):
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(PAUSE_SECONDS)


def rights(users: Users) -> Iterator[AclBinding]:
    """The least rights with which receiver and consumer work on existing topics."""
    for topic in TOPICS:
        for operation in RECEIVER:
            yield _right(users.receiver, ResourceType.TOPIC, topic.name, operation)
        for operation in CONSUMER:
            yield _right(users.consumer, ResourceType.TOPIC, topic.name, operation)
    for group in (users.group, READER_GROUP):
        yield _right(users.consumer, ResourceType.GROUP, group, AclOperation.READ)


def _right(user: str, kind: ResourceType, name: str, operation: AclOperation) -> AclBinding:
    return AclBinding(
        kind,
        name,
        ResourcePatternType.LITERAL,
        f"User:{user}",
        "*",
        operation,
        AclPermissionType.ALLOW,
    )
