"""Consumers in four languages, without code of ours, read what the receiver publishes."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.broker import fresh_broker
from tests.support.clients import EXAMPLES, GO, HINT, JAVA, NODE, ROOT, missing
from tests.support.payloads import cloud, status
from tests.support.process import Child
from tests.support.receiver import HOST, receiver
from tests.support.waiting import wait_for

ERROR = {"code": 131049, "title": "Not delivered"}
SHOWN = {f"wamid.{number} 131049 Not delivered" for number in range(5)}


def python(_: Path) -> list[str]:
    return [sys.executable, str(EXAMPLES / "consume.py")]


def node(folder: Path) -> list[str]:
    if not shutil.which("node") or missing(NODE):
        pytest.skip(f"kafkajs is {HINT}")
    # Node looks for packages beside the program.
    program = Path(shutil.copy(EXAMPLES / "consume.mjs", folder))
    (folder / "node_modules").symlink_to(NODE / "node_modules")
    return ["node", str(program)]


def java(_: Path) -> list[str]:
    if not shutil.which("java") or missing(JAVA):
        pytest.skip(f"Kafka's client for Java is {HINT}")
    return ["java", "-cp", f"{JAVA}/*", str(EXAMPLES / "Consume.java")]


def go(_: Path) -> list[str]:
    if missing(GO):
        pytest.skip(f"franz-go is {HINT}")
    return [str(GO / "consume")]


COMMANDS = (python, node, java, go)


@pytest.fixture(scope="module")
def consumers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[object, Child | str]]:
    """Each consumer, started, or why it cannot run here. They start beside each other."""
    with ExitStack() as stack:
        broker = stack.enter_context(fresh_broker())
        edge = stack.enter_context(receiver(broker.bootstrap))
        delivered = [status(f"wamid.{number}", "delivered") for number in range(5)]
        failed = [status(f"wamid.{number}", "failed", errors=[ERROR]) for number in range(5)]
        assert edge.post(cloud(*delivered, *failed)).status_code == 200
        addresses = {
            "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap,
            "SCHEMA_REGISTRY_URL": f"http://{HOST}:{edge.admin.base_url.port}",
        }
        found: dict[object, Child | str] = {}
        for command in COMMANDS:
            folder = tmp_path_factory.mktemp(command.__name__)
            try:
                child = Child(command(folder), log=folder / "log", env=addresses)
            except pytest.skip.Exception as missing:
                found[command] = str(missing)
                continue
            child.start()
            stack.callback(child.kill)
            found[command] = child
        yield found


@pytest.mark.parametrize("command", COMMANDS)
def test_it_prints_each_failed_message(
    consumers: dict[object, Child | str], command: object
) -> None:
    child = consumers[command]
    if isinstance(child, str):
        pytest.skip(child)

    def all_shown() -> bool:
        assert child.running, child.tail()
        return set(child.log.read_text("utf-8").splitlines()) >= SHOWN

    wait_for(all_shown, timeout=300)
    assert "delivered" not in child.log.read_text("utf-8").replace("Not delivered", "")


def test_the_page_shows_the_consumer_in_python() -> None:
    page = (ROOT / "docs" / "consumers.md").read_text("utf-8")
    code = page.partition("```python\n")[2].partition("```")[0]
    assert code == (EXAMPLES / "consume.py").read_text("utf-8").partition('"""\n\n')[2]
