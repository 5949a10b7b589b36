"""Fixtures for every test."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.support.broker import EXTERNAL, shared_bootstrap


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """Bootstrap servers of the broker all tests share; others publish to it, too."""
    with shared_bootstrap() as bootstrap:
        yield bootstrap


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what uses the shared broker; tests marked `kafka` need a real Apache Kafka."""
    skip = pytest.mark.skip(reason=f"set {EXTERNAL} to run against Apache Kafka")
    for item in items:
        if "broker" in getattr(item, "fixturenames", ()):
            item.add_marker("broker")
        if item.get_closest_marker("kafka") and not os.environ.get(EXTERNAL):
            item.add_marker(skip)
