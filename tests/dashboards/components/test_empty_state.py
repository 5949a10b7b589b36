"""The command on the empty page, run against a web server that records the request."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from dashboards.components.empty_state import Door, command, door, sample
from producer.normalise import normalise
from settings.dialects import DIALECTS

pytestmark = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("openssl")), reason="needs curl and openssl"
)


class Listener(HTTPServer):
    """Remembers what was posted to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Posted)
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []


class Posted(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        self.server.headers.append(dict(self.headers))
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def run(where: Door, **environment: str) -> None:
    """What a person does with the command: paste it into a shell."""
    subprocess.run(
        ["bash", "-c", command(where)],
        check=True,
        capture_output=True,
        timeout=120,
        env={"PATH": os.environ["PATH"], **environment},
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_sample_has_the_providers_own_shape(dialect: str) -> None:
    assert not any(key.endswith("_canonical") for key in sample(dialect))


@pytest.mark.parametrize("dialect", ["auto", *DIALECTS])
def test_the_command_posts_a_status_of_the_present_time(listener: Listener, dialect: str) -> None:
    before = int(time.time())

    run(Door(f"http://127.0.0.1:{listener.server_port}/webhooks/local", dialect=dialect))

    events = normalise(
        listener.bodies[0],
        source="local",
        dialect=dialect,  # type: ignore[arg-type]
        business_number=None,
        received_at=before * 1_000_000,
    )
    (event,) = events
    assert event.topic.table == "statuses"
    assert event.record["status"] == "delivered"
    assert before <= event.record["occurred_at"] / 1_000_000 <= time.time()


def test_the_command_signs_exactly_the_bytes_it_sends(listener: Listener) -> None:
    where = Door(f"http://127.0.0.1:{listener.server_port}/webhooks/meta", auth="hmac")

    run(where, APP_SECRET="s3cret")

    signature = hmac.new(b"s3cret", listener.bodies[0], hashlib.sha256).hexdigest()
    assert listener.headers[0]["X-Hub-Signature-256"] == f"sha256={signature}"

    run(replace(where, signature_header="X-Other"), APP_SECRET="s3cret")
    assert "X-Other" in listener.headers[1]


def test_the_command_sends_names_and_tokens(listener: Listener) -> None:
    url = f"http://127.0.0.1:{listener.server_port}/webhooks/x"

    run(Door(url, auth="basic"), WEBHOOK_USER="bluetick", WEBHOOK_PASSWORD="p w")
    run(Door(url, auth="header", header="X-Token"), WEBHOOK_TOKEN="t")

    encoded = base64.b64encode(b"bluetick:p w").decode()
    assert listener.headers[0]["Authorization"] == f"Basic {encoded}"
    assert listener.headers[1]["X-Token"] == "t"


def test_the_command_uses_a_configured_source_and_shows_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bluetick.toml"
    file.write_text(
        '[sources.meta]\nauth = "hmac"\ndialect = "cloud"\napp_secrets = ["hidden"]\n'
        '[sources.bsp]\nauth = "header"\nheader = "X-T"\ntoken = "hidden"\n'
    )
    monkeypatch.setenv("BLUETICK_CONFIG", str(file))
    monkeypatch.setenv("BLUETICK_RECEIVER_PORT", "8765")

    where = door()

    assert where == Door("http://127.0.0.1:8765/webhooks/meta", auth="hmac", dialect="cloud")
    assert "hidden" not in command(where)


def test_the_door_is_one_that_only_the_provider_opens_if_there_is_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bluetick.toml"
    url = "https://hooks.example.com/webhooks/t"
    table = f'[sources.t]\nauth = "signature"\ndialect = "twilio"\npublic_url = "{url}"\n'
    monkeypatch.setenv("BLUETICK_CONFIG", str(file))
    file.write_text(table)
    assert door() == Door(url, auth="signature", dialect="twilio")
    file.write_text(f'{table}[sources.meta]\nauth = "hmac"\n')
    assert door().auth == "hmac"


@pytest.mark.parametrize("text", ["", "[sources]", "not toml", "[sources]\nx = 1", "sources = []"])
def test_without_a_usable_configuration_it_is_the_local_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    file = tmp_path / "bluetick.toml"
    file.write_text(text)
    monkeypatch.setenv("BLUETICK_CONFIG", str(file))
    monkeypatch.delenv("BLUETICK_RECEIVER_PORT", raising=False)

    assert door() == Door("http://127.0.0.1:8000/webhooks/local")


def test_the_message_is_valid_json_as_written() -> None:
    body = command(Door("http://127.0.0.1:1/webhooks/local")).splitlines()[0]

    assert json.loads(body.removeprefix("BODY='")[:-1].replace("'$(date +%s)'", "1"))
