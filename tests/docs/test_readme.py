"""The commands in the README and on the consumers page work."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import typer

from bluetick.cli import app
from tests.support.stack import Running, started
from tests.support.waiting import wait_for

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CHANGELOG")),
    *sorted((ROOT / "docs").glob("*.md")),
]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FAILED = (
    '{"statuses": [{"id": "wamid.failed", "status": "failed", "timestamp": "1660019987", '
    '"recipient_id": "15550001111", "errors": [{"code": 131026, "title": "Undeliverable"}]}]}'
)


def blocks(page: Path, language: str) -> list[str]:
    return [text for found, text in BLOCK.findall(page.read_text("utf-8")) if found == language]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("readme"), "up") as running:
        running.printed("Bluetick is running")
        yield running


def here(command: str, running: Running) -> str:
    """A command from the docs, with this test's ports and installation."""
    return (
        command.replace("127.0.0.1:8000", f"127.0.0.1:{running.receiver_port}")
        .replace("127.0.0.1:8002", f"127.0.0.1:{running.admin_port}")
        .replace("127.0.0.1:9092", f"127.0.0.1:{running.broker_port}")
        .replace(".venv/bin/bluetick", f"{sys.executable} -m bluetick")
    )


def test_the_webhook_sent_with_curl_is_found_with_sql(up: Running) -> None:
    (example,) = (text for text in blocks(ROOT / "README.md", "sh") if "curl" in text)
    post, _, query = example.partition(".venv/bin/bluetick sql")
    environment = os.environ | {"BLUETICK_DATA_DIR": str(up.data_dir), "PYTHONPATH": str(ROOT)}

    def shell(command: str) -> str:
        return subprocess.run(
            ["bash", "-ec", here(command, up)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    assert " 200 " in shell(post).splitlines()[0]
    wait_for(lambda: "business_initiated" in shell(".venv/bin/bluetick sql" + query))
    # Sent again it is acknowledged again, and lands no second time.
    assert " 200 " in shell(post).splitlines()[0]
    shell(post)
    wait_for(
        lambda: "2" in shell(".venv/bin/bluetick sql 'SELECT sum(duplicates) FROM kafka_offsets'")
    )
    assert shell(".venv/bin/bluetick sql" + query).count("business_initiated") == 1


def test_the_consumer_of_the_docs_reads_events(up: Running, tmp_path: Path) -> None:
    (code,) = blocks(ROOT / "docs" / "consumers.md", "python")
    script = tmp_path / "consumer.py"
    script.write_text(here(code, up), "utf-8")
    with subprocess.Popen(
        [sys.executable, "-u", script], stdout=subprocess.PIPE, text=True
    ) as consumer:
        try:
            url = f"http://127.0.0.1:{up.receiver_port}/webhooks/local"
            headers = {"Content-Type": "application/json"}
            answer = httpx.post(url, content=FAILED, headers=headers, trust_env=False, verify=False)
            assert answer.status_code == 200
            assert consumer.stdout
            assert consumer.stdout.readline() == "wamid.failed 131026 Undeliverable\n"
        finally:
            consumer.kill()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_exists(page: Path) -> None:
    root = typer.main.get_command(app)
    commands = root.commands  # type: ignore[attr-defined]
    text = page.read_text("utf-8")
    for line in re.findall(r"`bluetick ([^`]+)`", text):
        name, *rest = line.split()
        assert name in commands, line
        known = {option for item in commands[name].params for option in item.opts}
        for group in getattr(commands[name], "commands", {}).values():
            known |= {option for item in group.params for option in item.opts}
        assert {word for word in rest if word.startswith("--")} <= known, line
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"`make ([a-z0-9-]+)", text)) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_has_a_target(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target
