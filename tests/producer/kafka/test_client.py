"""A POST's wait for its acknowledgement ends, whatever the Kafka client does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from producer.kafka import client
from producer.kafka.acknowledgement import Outgoing, PublishFailed
from producer.kafka.client import Channel
from schemas.topics import STATUSES
from settings.limits import Limits

RECORD = Outgoing(STATUSES.name, b"key", b"value")


class Silent:
    """A Kafka client that takes records and never reports on one; a real one always does."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def __len__(self) -> int:
        return 1

    def produce(self, *_: Any, **__: Any) -> None: ...

    def poll(self, _: float) -> None: ...

    def purge(self) -> None: ...

    def close(self) -> None: ...


class Forgetful(Silent):
    """The same, when all its records are gone."""

    def __len__(self) -> int:
        return 0


async def _waits(producer: type[Silent], *, retired: bool, seconds: float) -> PublishFailed:
    channel = Channel("nowhere", Limits(delivery_seconds=seconds), lambda _: None)
    waiting = [channel.send([RECORD]), channel.send([RECORD, RECORD])]
    if retired:
        channel.retire()
    failures = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(failure) for failure in failures] == [PublishFailed] * 2
    assert {str(failure) for failure in failures} == {"_NO_REPORT"}
    assert isinstance(failures[0], PublishFailed)
    if not retired:
        channel.retire()
    if producer is Forgetful:
        await channel.close()
    return failures[0]


@pytest.mark.parametrize("producer", [Silent, Forgetful])
def test_what_is_never_reported_fails(
    monkeypatch: pytest.MonkeyPatch, producer: type[Silent]
) -> None:
    monkeypatch.setattr(client, "Producer", producer)
    monkeypatch.setattr(client, "GRACE_SECONDS", 0.0)
    failure = asyncio.run(_waits(producer, retired=False, seconds=0.01))
    assert failure.reason == "_NO_REPORT"


def test_the_end_of_the_client_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "Producer", Forgetful)
    asyncio.run(_waits(Forgetful, retired=True, seconds=1e6))
