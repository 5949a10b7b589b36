"""One receiver that is shared by all tests which do not break it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.broker import Tail
from tests.support.receiver import Receiver, receiver


@pytest.fixture(scope="session")
def edge(broker: str) -> Iterator[Receiver]:
    """A receiver on the shared broker, with the sources of tests.support.receiver."""
    with receiver(broker) as running:
        yield running


@pytest.fixture
def tail(broker: str) -> Tail:
    """The messages that this test publishes."""
    return Tail(broker)
