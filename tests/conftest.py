"""Fixtures for all tests, marks that depend on what a test uses, and the number of workers."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from settings.blas_threads import one_blas_thread
from tests.support import process_tests
from tests.support.broker import EXTERNAL, own_kafka, shared_bootstrap
from tests.support.process_tests import FIXTURES, starts_processes

NIGHTLY = "BLUETICK_NIGHTLY"
# Fixtures that make a warehouse. It takes half a second, so tests with one are not fast.
WAREHOUSES = {"lake", "shared", "filled", "landed", "folder", "connection", "warehouse", "odd"}
# Of the files that start no process, the part that runs while others wait for theirs.
COMPUTING_MEANWHILE = 0.7
# Also in the processes that tests start without `bluetick`.
one_blas_thread()
# The machine may be busy: neither a slow example nor a big one is a fault.
PATIENT = settings(
    deadline=None, suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large)
)
# The same examples in each run, so that a change alone decides whether its tests pass.
settings.register_profile("usual", PATIENT, derandomize=True, max_examples=50)
# `--hypothesis-profile=nightly` looks for what these examples do not find, elsewhere each night.
settings.register_profile("nightly", PATIENT, max_examples=3_000)
settings.load_profile("usual")


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """Bootstrap servers of the broker that the tests of a worker share; all publish to it."""
    with shared_bootstrap() as bootstrap:
        yield bootstrap


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One worker a core for tests that compute, two where most wait for processes; at most 8."""
    cores = os.cpu_count() or 1
    return min(cores if "not process" in config.option.markexpr else 2 * cores, 8)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests by what they use, and orders their files.

    Tests marked `kafka` need a real Apache Kafka, and those marked `nightly` an environment
    variable.
    """
    tonight = pytest.mark.skip(reason=f"set {NIGHTLY}=1 to run what takes minutes")
    skip = pytest.mark.skip(reason=f"set {EXTERNAL} to run against Apache Kafka")
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if "broker" in fixtures:
            item.add_marker("broker")
        if fixtures & FIXTURES or starts_processes(item.path):
            item.add_marker("process")
        if fixtures & WAREHOUSES:
            item.add_marker("slow")
        if any(map(item.get_closest_marker, ("kafka", "servers"))) and not own_kafka():
            item.add_marker(skip)
        if item.get_closest_marker("nightly") and not os.environ.get(NIGHTLY):
            item.add_marker(tonight)
    turns = _turns(items)
    items.sort(key=lambda item: turns[item.path])


def _turns(items: list[pytest.Item]) -> dict[Path, float]:
    """When the turn of each file is.

    Those on Apache Kafka wait longest. Of the others, those that start processes mostly wait, and
    the rest computes: so both kinds run at once, longer ones first, and some of the quick ones are
    left for the end, where they fill the gaps between the workers.
    """
    marked = {
        marker: {item.path for item in items if item.get_closest_marker(marker)}
        for marker in ("kafka", "process", "slow")
    }
    files = list(dict.fromkeys(item.path for item in items))
    waiting = [file for file in files if file in marked["kafka"] | marked["process"]]
    waiting.sort(key=lambda file: file not in marked["kafka"])
    computing = [file for file in files if file not in waiting]
    computing.sort(key=lambda file: file not in marked["slow"])
    turns = {file: float(number) for number, file in enumerate(waiting)}
    share = COMPUTING_MEANWHILE * len(computing) / max(len(waiting), 1)
    return turns | {file: number / share for number, file in enumerate(computing)}


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Leaves what is collected out of garbage collections: all of it stays until the end.

    Each worker holds thousands of tests. To look through them again and again took a sixth of the
    processor time of tests that start no process. Among few other objects, cycles are looked for
    less often, as the receiver does it.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Lets only tests marked `process` start one."""
    process_tests.refused = item.get_closest_marker("process") is None
    try:
        return (yield)
    finally:
        process_tests.refused = False
