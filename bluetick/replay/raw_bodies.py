"""The raw bodies in Kafka, up to their end at the moment of the call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from confluent_kafka import Consumer, KafkaException, TopicPartition

from bluetick.watermarks import (
    ANSWER_SECONDS,
    READER,
    BrokerSilent,
    Extent,
    extents,
    position,
    reason,
    until_eof,
)
from schemas.topics import RAW
from settings.kafka import client_config
from settings.times import micros


def raw_frames(bootstrap: str, since: datetime | None) -> tuple[int, Iterator[bytes | None]]:
    """The largest possible number of records, and an iterator over their values.

    With `since`, starts near that time; earlier records may be included. Raises BrokerSilent,
    the iterator too.
    """
    consumer = Consumer({**client_config(bootstrap), **READER})
    try:
        found = {place[1]: extent for place, extent in extents(bootstrap, [RAW.name]).items()}
        starts = _starts(consumer, found, since)
    except KafkaException as error:
        consumer.close()
        raise BrokerSilent(f"no broker answers at {bootstrap}: {reason(error)}") from None
    except BrokerSilent:
        consumer.close()
        raise
    ends = {one: found[one].end for one in starts}
    return sum(ends[one] - starts[one] for one in starts), _read(consumer, starts, ends)


def _starts(consumer: Consumer, found: dict[int, Extent], since: datetime | None) -> dict[int, int]:
    """The start offset of each partition that holds a wanted record."""
    starts = {one: extent.low for one, extent in found.items()}
    if since is not None:
        moments = [TopicPartition(RAW.name, one, micros(since) // 1000) for one in found]
        for place in consumer.offsets_for_times(moments, timeout=ANSWER_SECONDS):
            # Below zero: no record is that late. Kafka's time of a body is at or after its receipt.
            starts[place.partition] = (
                place.offset if place.offset >= 0 else found[place.partition].end
            )
    return {one: start for one, start in starts.items() if start < found[one].end}


def _read(
    consumer: Consumer, starts: dict[int, int], ends: dict[int, int]
) -> Iterator[bytes | None]:
    try:
        consumer.assign([TopicPartition(RAW.name, one, start) for one, start in starts.items()])
        open_places = {(RAW.name, one) for one in starts}
        for message in until_eof(consumer, open_places):
            place, offset = position(message)
            if message.error() is not None or place not in open_places:
                continue
            if offset < ends[place[1]]:
                value = message.value()
                yield value if value is None else bytes(value)
            if offset + 1 >= ends[place[1]]:
                open_places.discard(place)
    finally:
        consumer.close()
