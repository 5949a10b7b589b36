"""`bluetick up` when a part ends, cannot start, or uses too much memory: real processes."""

from __future__ import annotations

import random
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from schemas.topics import RAW
from tests.support.land import publish
from tests.support.ports import listening
from tests.support.stack import PATIENCE, Posting, Running, landings, started
from tests.support.waiting import wait_for

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
    pytest.mark.timeout(400),
]


@contextmanager
def up(folder: Path, **variables: str) -> Iterator[Running]:
    """A `bluetick up` whose parts are ready."""
    with started(folder, "up", **variables) as running:
        running.printed("Write bluetick.toml")
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One stack for several kills; after all of them it still ends cleanly."""
    with up(tmp_path_factory.mktemp("shared")) as running:
        yield running
        said = running.output.count("had not landed")
        with Posting(running, "wamid.end") as posting:
            posting.await_more(5)
            running.kill("land")  # it is found dead when everything ends
            posting.await_more(5)
        assert running.end() == 0, running.output
    assert running.output.count("had not landed") == said
    assert set(posting.acknowledged) == set(landings(running.data_dir, "wamid.end"))


def await_landed(running: Running, prefix: str, posting: Posting) -> None:
    """Waits until everything acknowledged so far has landed exactly once."""
    names = tuple(posting.acknowledged)

    def landed() -> bool:
        found = landings(running.data_dir, prefix)
        return all(found.get(name) == 1 for name in names)

    wait_for(landed, PATIENCE)


def test_nothing_is_lost_when_the_consumer_is_killed(shared: Running) -> None:
    with Posting(shared, "wamid.one") as posting:
        posting.await_more(20)
        await_landed(shared, "wamid.one", posting)
        shared.kill("land")
        printed = shared.printed("The consumer ended")
        posting.await_more(20)
    await_landed(shared, "wamid.one", posting)
    assert printed == (
        "The consumer ended (signal 9). Starting it again in 1 s; "
        f"its log is {shared.data_dir.name}/logs/consumer.log.\n"
    )
    found = landings(shared.data_dir, "wamid.one")
    assert set(posting.acknowledged) <= set(found)
    assert set(found.values()) == {1}
    log = (shared.data_dir / "logs" / "consumer.log").read_text()
    assert log.count("started again") == 1
    assert log.count("assigned") >= 2  # what the earlier one wrote is kept


def test_the_receiver_is_started_again(shared: Running) -> None:
    with Posting(shared, "wamid.two") as posting:
        posting.await_more(5)
        shared.kill("receive")
        assert "(signal 9)" in shared.printed("The receiver ended")
        posting.await_more(5)
    await_landed(shared, "wamid.two", posting)


def test_the_dashboard_is_started_again(shared: Running) -> None:
    def answers() -> bool:
        health = f"http://127.0.0.1:{shared.dashboard_port}/_stcore/health"
        try:
            return httpx.get(health, trust_env=False, verify=False, timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    shared.kill("dashboard")
    shared.printed("The dashboard ended")
    wait_for(answers, PATIENCE)


def test_a_new_broker_replaces_a_killed_one(shared: Running) -> None:
    with Posting(shared, "wamid.before") as before:
        before.await_more(5)
        shared.kill("broker")
        printed = shared.printed("The embedded broker ended")
        assert "What had not landed is kept in files" in printed
        shared.printed("Another embedded broker has started")
    with Posting(shared, "wamid.after") as after:
        after.await_more(5)
    await_landed(shared, "wamid.after", after)
    await_landed(shared, "wamid.before", before)


def test_a_broker_that_grows_is_replaced_without_loss(tmp_path: Path) -> None:
    with up(tmp_path, BLUETICK_BROKER_MEMORY_MB="64") as running:
        with Posting(running, "wamid.large") as one:
            # Nothing lands now, so the broker must wait before it is replaced.
            running.kill("land", signal.SIGSTOP)
            one.await_more(20)
            # Bodies as the receiver publishes them, but it would take longer to receive so many.
            bodies = [random.Random(number).randbytes(500_000) for number in range(120)]
            publish(f"127.0.0.1:{running.broker_port}", RAW, bodies)
            wait_for(lambda: not listening(running.receiver_port), PATIENCE)
            refused = len(one.acknowledged)
            running.kill("land")
            printed = running.printed("an empty broker has replaced it")
            one.await_more(3)
        assert running.end() == 0, running.output
    assert "used more than 64 MB" in printed
    assert "Webhooks were refused for" in printed
    assert len(one.acknowledged) > refused > 0
    assert "had not landed" not in running.output
    found = landings(running.data_dir, "wamid.large")
    assert set(one.acknowledged) <= set(found)
    assert set(found.values()) == {1}


def test_a_part_that_cannot_start_ends_everything_and_says_why(tmp_path: Path) -> None:
    with started(tmp_path, "up", BLUETICK_BATCH_ROWS="0") as running:
        assert running.process.wait(PATIENCE) == 1
    assert "the consumer has ended by itself (exit code 2)" in running.output
    assert "--batch-rows" in running.output
    assert "Starting it again" not in running.output
    assert "had not landed" not in running.output
