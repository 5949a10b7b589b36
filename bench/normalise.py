"""Compares the receiver's pure part with its lower limit: only parsing the JSON."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from bench.bodies import NOW, statuses
from bench.timing import Line, compare
from producer.normalise import normalise
from schemas.codec import Encoder
from schemas.registry import DerivedRegistry
from schemas.topics import STATUSES

COUNT = 2_000


def lines() -> Iterator[Line]:
    body = statuses(COUNT)

    def ours() -> object:
        return normalise(
            body, source="meta", dialect="cloud", business_number=None, received_at=NOW * 10**6
        )

    events = ours()
    assert isinstance(events, list)
    assert len(events) == COUNT
    yield compare(
        "normalise a POST", "statuses/s", COUNT, ours, "orjson.loads", lambda: orjson.loads(body)
    )
    encoder = Encoder(STATUSES, DerivedRegistry())
    yield compare(
        "encode as Avro",
        "statuses/s",
        COUNT,
        lambda: [encoder(event.record) for event in events],
        "orjson.dumps",
        lambda: [orjson.dumps(event.record) for event in events],
    )
