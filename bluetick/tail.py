"""`bluetick tail`: print the events of a topic as JSON lines."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Generator, Sequence

from confluent_kafka import Consumer, TopicPartition

from bluetick.shell.table_format import json_block, json_line
from bluetick.watermarks import extents
from schemas.codec import Record, Undecodable, decode
from schemas.registry import Registry
from schemas.registry_errors import UnknownSchema
from schemas.topics import BY_NAME, TOPICS, Topic, columns_of
from settings.errors import BluetickError
from settings.kafka import client_config
from settings.visible_text import visible

POLL_SECONDS = 0.5


class TailError(BluetickError):
    """The topic cannot be read."""


def topic_named(name: str) -> Topic:
    """The topic with this full or short name, such as `statuses`. Raises TailError."""
    for topic in TOPICS:
        if name in (topic.name, topic.stem, topic.table):
            return topic
    raise TailError(f"no topic {name!r}: choose one of {', '.join(BY_NAME)}")


def follow(
    bootstrap: str, registry: Registry, topic: Topic, *, from_beginning: bool
) -> Generator[Record]:
    """Yield the topic's records as they arrive. Joins no group and commits nothing.

    Raises BrokerSilent if the broker or topic cannot be reached, and TailError if reading fails.
    """
    consumer = Consumer(
        {
            **client_config(bootstrap),
            "group.id": "bluetick-tail",  # required, although no group is joined
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "log_level": 2,
        }
    )
    try:
        places = extents(bootstrap, [topic.name])
        consumer.assign(
            [
                TopicPartition(*place, extent.low if from_beginning else extent.end)
                for place, extent in places.items()
            ]
        )
        while True:
            message = consumer.poll(POLL_SECONDS)
            if message is None:
                continue
            failure = message.error()
            if failure:
                raise TailError(f"{topic.name}: {failure.str()}")
            try:
                yield decode(message.value(), registry)
            except (Undecodable, UnknownSchema) as error:
                where = f"partition {message.partition()} offset {message.offset()}"
                print(visible(f"{topic.name} {where}: {error}"), file=sys.stderr)
    finally:
        consumer.close()


def fields_named(topic: Topic, text: str | None) -> tuple[str, ...]:
    """The fields of the topic with these names, separated by commas; without a text, all.

    Raises TailError.
    """
    known = columns_of(topic)
    if text is None:
        return known
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names or (unknown := [name for name in names if name not in known]):
        wrong = f"no field {unknown[0]!r}" if names else "no field is named"
        raise TailError(f"{topic.name}: {wrong}: choose from {', '.join(known)}")
    return names


def tail(
    records: Generator[Record],
    count: int | None,
    *,
    fields: Sequence[str],
    of_id: str | None = None,
    pretty: bool = False,
) -> int:
    """Print these fields of records until Ctrl-C, or until `count` are printed: only of records
    whose message_id or event_id is `of_id`. Returns the exit code.
    """
    written = 0
    write = json_block if pretty else json_line
    try:
        while count is None or written < count:
            record = next(records)
            if of_id is None or of_id in (record.get("message_id"), record.get("event_id")):
                print(write({name: record[name] for name in fields}), flush=True)
                written += 1
    except KeyboardInterrupt:
        pass
    except BrokenPipeError:  # a reader such as `head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        with contextlib.suppress(KeyboardInterrupt):
            records.close()
    return 0
