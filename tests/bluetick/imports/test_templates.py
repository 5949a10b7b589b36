"""`bluetick import templates` with a stand-in of the Graph API on loopback, and a real broker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bluetick.imports.graph_api import FIELDS, Graph, GraphFailed
from schemas.topics import ACCOUNT_EVENTS, STATUSES
from tests.support.broker import Tail
from tests.support.command import environment, run
from tests.support.http_server import Answer, answering
from tests.support.lake import Lake, lake
from tests.support.land import publish
from tests.support.ports import free_port
from tests.support.records import event, framed

__all__ = ["lake"]

ACCOUNT, TOKEN = "102290129340398", "a-token-of-the-graph-api"
TEMPLATES = [
    {"id": f"{number}", "name": f"offer_{number}", "language": "de", "status": "APPROVED"}
    for number in range(250)
]


class Api:
    """The stand-in: pages of templates, or a fixed answer, and what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.fixed: tuple[int, bytes] | None = None
        self.asked: list[dict[str, list[str]]] = []

    def answer(self, path: str, headers: Message) -> Answer:
        if self.fixed is not None:
            return Answer(*self.fixed)
        parts = urlsplit(path)
        if headers["Authorization"] != f"Bearer {TOKEN}":
            error = {"code": 190, "message": f"bad {TOKEN}"}
            return Answer(401, json.dumps({"error": error}).encode())
        if parts.path != f"/v25.0/{ACCOUNT}/message_templates":
            return Answer(404, b"{}")
        asked = parse_qs(parts.query)
        self.asked.append(asked)
        begin, size = int(asked.get("after", ["0"])[0]), int(asked["limit"][0])
        page: dict[str, Any] = {"data": TEMPLATES[begin : begin + size]}
        page["paging"] = {"cursors": {"after": f"{begin + size}"}}
        if begin + size < len(TEMPLATES):  # an address elsewhere, which must not get the token
            page["paging"]["next"] = "http://127.0.0.1:9/elsewhere"
        return Answer(200, json.dumps(page).encode())


@pytest.fixture
def api() -> Iterator[Api]:
    api = Api()
    with answering(api.answer) as url:
        api.url = f"{url}/v25.0"
        yield api


def test_all_pages_are_read(api: Api) -> None:
    assert list(Graph(TOKEN, api.url).templates(ACCOUNT)) == TEMPLATES
    assert [asked.get("after") for asked in api.asked] == [None, ["100"], ["200"]]
    assert {asked["fields"][0] for asked in api.asked} == {FIELDS}


@pytest.mark.parametrize(
    ("fixed", "said"),
    [
        ((403, b'{"error": {"code": 200, "message": "no"}}'), "answers 403 with the code 200"),
        ((500, b"<html>"), "answers 500: check"),
        ((302, b""), "answers 302"),
        ((200, b"<html>"), "without a list of templates"),
        ((200, b'{"data": {}}'), "without a list of templates"),
        ((200, b'{"data": [7]}'), "without a list of templates"),
    ],
)
def test_an_answer_without_templates(api: Api, fixed: tuple[int, bytes], said: str) -> None:
    api.fixed = fixed
    with pytest.raises(GraphFailed, match=said):
        list(Graph(TOKEN, api.url).templates(ACCOUNT))


def test_no_error_repeats_the_token(api: Api) -> None:
    for graph in (Graph(f"{TOKEN}x", api.url), Graph(TOKEN, f"http://127.0.0.1:{free_port()}")):
        with pytest.raises(GraphFailed) as failed:
            list(graph.templates(ACCOUNT))
        assert TOKEN not in f"{failed.value}{graph}"
    for account in ("", "me/accounts?x=", "../me", "1" * 31):
        with pytest.raises(GraphFailed, match="in digits"):
            list(Graph(TOKEN, api.url).templates(account))


def test_the_command_lands_names_languages_and_states(
    broker: str, lake: Lake, tmp_path: Path, api: Api
) -> None:
    given = environment(BLUETICK_GRAPH_TOKEN=TOKEN, BLUETICK_GRAPH_URL=api.url)
    # The newest event shows that receivers publish everything, whatever other tests have published.
    publish(broker, STATUSES, [framed(STATUSES, event(STATUSES))])
    tail = Tail(broker, (ACCOUNT_EVENTS,))
    command = ("import", "templates", ACCOUNT, "--bootstrap-servers", broker)
    done = run(*command, cwd=tmp_path, env=given)
    assert (done.returncode, done.stdout) == (0, "published 250 templates\n"), done.stderr
    lake.land(ACCOUNT_EVENTS, *(message.value() for message in tail.messages()))
    assert lake.rows(
        "SELECT waba_id, event, value->>'name', value->>'language' FROM account_events "
        "WHERE field = 'message_templates' AND (value->>'id') = '7'"
    ) == [(ACCOUNT, "APPROVED", "offer_7", "de")]
    done = run(*command, cwd=tmp_path)
    assert done.returncode != 0
    assert "BLUETICK_GRAPH_TOKEN" in done.stderr
