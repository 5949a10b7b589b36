"""How a provider is connected: every guide is a valid source, and an address is checked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bluetick.cli import app
from bluetick.connect import UnknownProvider, check, guide, names
from settings.dialects import DIALECTS
from settings.sources import Config
from tests.support.broker import Tail
from tests.support.http_server import Answer, answering
from tests.support.ports import free_port
from tests.support.receiver import Receiver, receiver

PAGE = (Path(__file__).parents[2] / "docs" / "providers.md").read_text("utf-8")
HOST = "https://hooks.example.com"
# Providers that post the shape of another one.
OF_OTHERS = {"360dialog": "cloud", "bsp": "cloud", "positus": "onprem"}
every = pytest.mark.parametrize("name", names())


def table(text: str) -> str:
    """The TOML in a guide."""
    (found,) = re.findall(r"^\[sources\..*?(?=\n\n)", text, re.MULTILINE | re.DOTALL)
    return str(found)


@every
def test_every_provider_has_a_guide(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = guide(name, HOST)
    for variable in re.findall(r'"env:([A-Z_]+)"', text):
        monkeypatch.setenv(variable, "a-secret-of-24-characters")
    toml = table(text).replace("REGION:ACCOUNT:TOPIC", "eu-west-1:123456789012:t")
    (source,) = Config.model_validate(tomllib.loads(toml)).sources.values()
    assert source.dialect == OF_OTHERS.get(name, name)
    assert f"{HOST}/webhooks/{source.name}" in text.replace("bluetick:PASSWORD@", "")
    assert source.public_url in (None, f"{HOST}/webhooks/{source.name}")
    assert "{" not in text
    assert "1. " in text


@every
def test_the_guide_is_the_one_of_the_page(name: str) -> None:
    """The keys are those on the page of providers, which explains them."""
    if name == "aws":  # the page shows the other kind of authentication
        return
    assert f"```toml\n{table(guide(name, HOST))}\n```" in PAGE


def test_an_address_with_a_password_is_for_providers_that_sign_nothing() -> None:
    assert f"https://bluetick:PASSWORD@{HOST[8:]}/webhooks/wati" in guide("wati", HOST)
    assert "PASSWORD@" not in guide("twilio", HOST)


def test_every_dialect_has_a_guide() -> None:
    assert set(DIALECTS) <= set(names())


def test_another_name_is_refused_with_a_list() -> None:
    with pytest.raises(UnknownProvider, match=", ".join(names())):
        guide("pigeon", HOST)


def test_the_receiver_is_found_and_nothing_is_stored(broker: str) -> None:
    tail = Tail(broker)
    with receiver(broker) as running:
        for source in ("meta", "twilio", "nobody"):
            found = check(f"http://127.0.0.1:{running.port}/webhooks/{source}")
            assert found.reached, found
        assert not check(f"http://127.0.0.1:{running.port}/hooks").reached
        command = _connect(running, "/webhooks/meta")
        assert (command.exit_code, "the receiver answers" in command.output) == (0, True)
        assert _connect(running, "/").exit_code == 1
    assert tail.records() == {}


def _connect(running: Receiver, path: str) -> Result:
    url = f"http://127.0.0.1:{running.port}{path}"
    return CliRunner().invoke(app, ["connect", "cloud", "--check", url])


def test_the_command_prints_the_guide() -> None:
    found = CliRunner().invoke(app, ["connect", "twilio", "--host", HOST])
    assert (found.exit_code, found.output) == (0, guide("twilio", HOST) + "\n")


@contextmanager
def other_server(status: int, body: bytes = b"", **headers: str) -> Iterator[str]:
    """A server that is not the receiver; its address."""
    with answering(lambda *_: Answer(status, body, headers)) as url:
        yield f"{url}/webhooks/meta"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"hello", "something answers with 200"),
        (403, b"{}", "something answers with 403"),
        (403, b'{"error": 1}', "something answers with 403"),
        (404, b'{"error": {"code": "not_found"}}', "something answers with 404"),
        (502, b"<html>", "something answers with 502"),
    ],
)
def test_another_answer_is_not_the_receiver(status: int, body: bytes, said: str) -> None:
    with other_server(status, body) as url:
        found = check(url)
    assert not found.reached
    assert said in found.text


def test_a_redirect_is_not_followed() -> None:
    with other_server(308, Location="https://hooks.example.com/") as url:
        assert "redirects" in check(url).text


@pytest.mark.parametrize("url", ["nonsense", "http://", "ftp://x", None])
def test_an_address_that_nobody_answers(url: str | None) -> None:
    found = check(url or f"http://127.0.0.1:{free_port()}/webhooks/meta")
    assert not found.reached
    assert found.text.startswith("nothing answers")
