"""The end of a topic is after its last record, also if that record is part of a batch."""

from __future__ import annotations

from confluent_kafka import Message, Producer

from bluetick.watermarks import Extent, extents
from schemas.topics import STATUSES, TOPICS
from tests.support.broker import fresh_broker


def test_the_end_is_after_the_last_acknowledged_record() -> None:
    acknowledged: dict[tuple[str, int], int] = {}

    def note(error: object, message: Message) -> None:
        assert error is None
        offset = message.offset()
        assert offset is not None
        place = (str(message.topic()), int(message.partition() or 0))
        acknowledged[place] = max(offset + 1, acknowledged.get(place, 0))

    with fresh_broker() as broker:
        names = [topic.name for topic in TOPICS]
        empty = extents(broker.bootstrap, names)
        assert len(empty) == 6 * len(TOPICS)
        assert set(empty.values()) == {Extent(0, 0)}
        producer = Producer({"bootstrap.servers": broker.bootstrap, "linger.ms": 50})
        for count in (1, 7, 1000):
            for number in range(count):
                producer.produce(STATUSES.name, b"x", str(number).encode(), on_delivery=note)
            producer.flush(30)
            found = extents(broker.bootstrap, names)
            assert {place: it.end for place, it in found.items() if it.end} == acknowledged
        alone = extents(broker.bootstrap, [STATUSES.name])
        assert sum(extent.end for extent in alone.values()) == 1008
