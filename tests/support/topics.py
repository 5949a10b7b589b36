"""Topics on a broker that several tests share: creating them again, and waiting for them."""

from __future__ import annotations

import time
from collections.abc import Callable

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from schemas.create_topics import ensure_topics
from schemas.topics import TOPICS
from settings.kafka import client_config

NAMES = {topic.name for topic in TOPICS}


def recreate_topics(bootstrap: str, *, partitions: int = 6, timeout: float = 120.0) -> None:
    """Deletes the topics if they exist, and creates them empty, with new topic ids.

    Raises KafkaException, or TimeoutError if the old ones are not deleted in time.
    """
    admin = AdminClient({**client_config(bootstrap), "log_level": 2})
    deadline = time.monotonic() + timeout
    while True:
        _delete_topics(admin, timeout)
        ensure_topics(bootstrap, partitions=partitions, timeout=timeout)
        await_topics(bootstrap, timeout=timeout)
        # A client of an earlier test may have been faster, and created them in its own way.
        if _partitions(admin, timeout) == {partitions}:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"the topics did not get {partitions} partitions")


def _delete_topics(admin: AdminClient, timeout: float) -> None:
    present = NAMES & set(admin.list_topics(timeout=timeout).topics)
    for future in (admin.delete_topics(sorted(present)) if present else {}).values():
        try:
            future.result(timeout)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise
    _await(lambda: not NAMES & set(admin.list_topics(timeout=timeout).topics), timeout)


def _partitions(admin: AdminClient, timeout: float) -> set[int]:
    """The numbers of partitions that topics have."""
    known = admin.list_topics(timeout=timeout).topics
    return {len(known[name].partitions) for name in NAMES & set(known)}


def await_topics(bootstrap: str, *, timeout: float = 120.0) -> None:
    """Waits until each partition of the topics has a leader that answers.

    A broker lists topics a moment before it is their leader, if they are new or if it has just
    started. Raises TimeoutError.
    """
    admin = AdminClient({**client_config(bootstrap), "log_level": 2})
    _await(lambda: _led(admin, timeout), timeout)


def _led(admin: AdminClient, timeout: float) -> bool:
    known = admin.list_topics(timeout=timeout).topics
    places = [
        TopicPartition(name, partition)
        for name in NAMES & set(known)
        for partition in known[name].partitions
    ]
    if not set(known) >= NAMES:
        return False
    try:
        for future in admin.list_offsets({place: OffsetSpec.latest() for place in places}).values():
            future.result(timeout)
    except KafkaException:
        return False
    return True


def _await(reached: Callable[[], bool], timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the topics were not as expected within {timeout:.0f} s")
        time.sleep(0.05)
