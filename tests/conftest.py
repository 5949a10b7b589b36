"""Fixtures for every test, marks that follow from what a test uses, and the workers' number."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.support.broker import EXTERNAL, shared_bootstrap
from tests.support.process_tests import FIXTURES, starts_processes


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """Bootstrap servers of the broker that the tests of a worker share; all publish to it."""
    with shared_bootstrap() as bootstrap:
        yield bootstrap


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two workers a core, since most tests wait; no more than memory allows on a big machine."""
    return min(2 * (os.cpu_count() or 1), 8)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests by what they use, and puts those that start processes first.

    They take longest: the quick ones then fill the gaps between the workers. Tests marked `kafka`
    need a real Apache Kafka.
    """
    skip = pytest.mark.skip(reason=f"set {EXTERNAL} to run against Apache Kafka")
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if "broker" in fixtures:
            item.add_marker("broker")
        if fixtures & FIXTURES or starts_processes(item.path):
            item.add_marker("process")
        if item.get_closest_marker("kafka") and not os.environ.get(EXTERNAL):
            item.add_marker(skip)
    quick_files = {item.path for item in items} - {
        item.path for item in items if item.get_closest_marker("process")
    }
    items.sort(key=lambda item: item.path in quick_files)
