"""A new provider needs only two declarations to work like the others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bluetick.doctor.configuration import configuration
from bluetick.options import Settings
from dashboards.components.empty_state import Door, command
from producer.http.auth import check_body, check_headers
from producer.http.errors import Refusal
from producer.normalise import Event, lists, normalise
from producer.normalise.account_event import EVENT_OF_LIST
from producer.normalise.dead_letter import MISSING_ID, Unreadable
from producer.providers import PROVIDERS, Post, Provider, Signature
from producer.providers.canonical import FIELD_OF_LIST
from schemas.topics import DEAD_LETTERS, STATUSES
from settings.dialects import AUTO, DIALECTS, Dialect
from settings.errors import ConfigError
from settings.sources import Source, load_config
from tests.support.fixtures import RECEIVED_AT
from tests.support.views import Views, status
from warehouse.connection import Location, connect, create

ROOT = Path(__file__).parents[3]
ROOMS = ("settings", "schemas", "producer", "warehouse", "consumer", "dashboards", "bluetick")
# DuckDB's extension that asks a machine's role for keys has the name of a provider.
NOT_PROVIDERS = {"aws": {"warehouse/attachment.py"}}
NAME = "pigeon"
BODY = {
    "pigeon": 1,
    "loft": {"number": "15550001111"},
    "flights": [
        {"ref": "wamid.A", "state": "delivered", "at": "1785000000", "to": "15557654321"},
        {"ref": "wamid.B", "state": "read", "at": "1785000001", "to": "15557654321"},
    ],
}
TO_CLOUD = {"ref": "id", "state": "status", "at": "timestamp", "to": "recipient_id"}
FROM_CLOUD = {name: key for key, name in TO_CLOUD.items()}

Json = dict[str, Any]


def renamed(element: Any, names: Json) -> Any:
    if not isinstance(element, dict):
        return element
    return {names.get(key, key): item for key, item in element.items()}


def recognises(body: Json, configured: bool) -> bool:  # noqa: ARG001
    return "pigeon" in body


def to_canonical(body: Json) -> Json:
    rest = {key: item for key, item in body.items() if key not in ("pigeon", "loft", "flights")}
    metadata = {"display_phone_number": body["loft"]["number"]} if "loft" in body else {}
    statuses = [renamed(flight, TO_CLOUD) for flight in body.get("flights", ())]
    value = {**rest, "metadata": metadata, "statuses": statuses}
    return {"entry": [{"changes": [{"field": "messages", "value": value}]}]}


def from_canonical(body: Json) -> Json:
    value = dict(body["entry"][0]["changes"][0]["value"])
    number = value.pop("metadata", {}).get("display_phone_number")
    flights = [renamed(element, FROM_CLOUD) for element in value.pop("statuses", ())]
    return {
        "pigeon": 1,
        **value,
        **({"loft": {"number": number}} if number else {}),
        "flights": flights,
    }


@pytest.fixture(autouse=True)
def _added(monkeypatch: pytest.MonkeyPatch) -> None:
    """Adds a provider, as a file in producer/providers and a line in settings/dialects.py do."""
    dialect = Dialect(NAME, error_generation="onprem", names_business_number=False)
    monkeypatch.setitem(DIALECTS, NAME, dialect)
    monkeypatch.setitem(PROVIDERS, NAME, Provider(recognises, to_canonical, from_canonical))


def read(body: bytes, dialect: str = AUTO) -> list[Event]:
    return normalise(
        body, source="s", dialect=dialect, business_number=None, received_at=RECEIVED_AT
    )


def test_its_body_becomes_rows_of_its_dialect() -> None:
    first, second = read(json.dumps(BODY).encode())
    assert {first.topic, second.topic} == {STATUSES}
    assert first.record["dialect"] == second.record["dialect"] == NAME
    assert (first.record["message_id"], first.record["status"]) == ("wamid.A", "delivered")
    assert second.record["occurred_at"] == 1785000001 * 1_000_000
    assert first.record["recipient_id"] == "15557654321"
    assert first.record["display_phone_number"] == "15550001111"


def test_its_dead_letter_has_its_shape_and_is_replayed_as_the_same() -> None:
    body = {**BODY, "note": "x", "flights": [{"state": "read"}, BODY["flights"][0], 7]}  # type: ignore[index]
    nameless, good, number = read(json.dumps(body).encode())
    assert good.topic is STATUSES
    for letter, element in ((nameless, {"state": "read"}), (number, 7)):
        assert letter.topic is DEAD_LETTERS
        assert letter.record["dialect"] == NAME
        assert json.loads(letter.record["payload"]) == {**body, "flights": [element]}
        assert read(letter.record["payload"]) == [letter]


def test_its_dead_letter_becomes_the_event_when_it_can_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = json.dumps(BODY).encode()
    with monkeypatch.context() as before:
        before.setattr(lists, "status_event", unable)
        letters = read(body)
    assert {letter.topic for letter in letters} == {DEAD_LETTERS}
    assert [event for letter in letters for event in read(letter.record["payload"])] == read(body)


def unable(*_: Any) -> Any:
    raise Unreadable(MISSING_ID)


def test_an_empty_body_of_it_is_a_dead_letter_of_its_dialect() -> None:
    (letter,) = read(b'{"pigeon": 1, "flights": []}')
    assert (letter.topic, letter.record["dialect"]) == (DEAD_LETTERS, NAME)
    assert read(letter.record["payload"]) == [letter]


def test_an_error_in_it_loses_no_body() -> None:
    (letter,) = read(b'{"pigeon": 1, "loft": 7}')
    assert (letter.topic, letter.record["payload"]) == (DEAD_LETTERS, b'{"pigeon": 1, "loft": 7}')


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "bluetick.toml"
    file.write_text(f'[sources.mine]\nauth = "none"\ndialect = "{NAME}"\n')
    return file


def test_a_source_can_be_configured_with_it(config: Path) -> None:
    assert load_config(config).sources["mine"].dialect == NAME
    config.write_text('[sources.mine]\nauth = "none"\ndialect = "dove"\n')
    with pytest.raises(ConfigError, match=f"'auto'.* or '{NAME}'"):
        load_config(config)


def test_doctor_asks_for_the_number_that_it_may_leave_out(config: Path) -> None:
    (_, finding) = configuration(Settings(data_dir=config.parent, config=config))
    assert finding.level == "warning"
    assert f"{NAME} payloads may not name your number" in finding.what


def test_the_empty_page_posts_its_shape() -> None:
    first = command(Door("http://127.0.0.1:1/webhooks/mine", dialect=NAME)).splitlines()[0]
    text = first.removeprefix("BODY='")[:-1].replace("'$(date +%s)'", "1785000000")
    (event,) = read(text.encode(), NAME)
    assert (event.topic, event.record["dialect"]) == (STATUSES, NAME)


@pytest.fixture
def views(tmp_path: Path) -> Iterator[Views]:
    connection: duckdb.DuckDBPyConnection
    with connect(Location.under(tmp_path)) as connection:
        create(connection)
        yield Views(connection)


def test_its_error_codes_mean_what_those_of_its_generation_do(views: Views) -> None:
    row = views.outcome(status("failed", dialect=NAME, error_code=470))
    assert (row["dialect"], row["error_family"] != "unknown") == (NAME, True)


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_a_providers_name_is_only_in_its_file_and_the_registry(name: str) -> None:
    word = re.compile(rf"""["']{name}["']|\.{name}\b""")
    found = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for kind in ("*.py", "*.sql", "*.avsc")
        for path in (ROOT / room).rglob(kind)
        if word.search(path.read_text("utf-8"))
    }
    own = f"producer/providers/{name}.py"
    assert (ROOT / own).exists()
    assert found - {own} - NOT_PROVIDERS.get(name, set()) == {"settings/dialects.py"}


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_a_signature_is_declared_in_both_places(name: str) -> None:
    declared = DIALECTS[name].signature_needs is not None
    assert declared == (PROVIDERS[name].signature is not None)
    assert set(DIALECTS[name].signature_needs or ()) <= Source.model_fields.keys()


def test_its_own_signature_needs_no_other_place(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider with a signature of its own: its sources can be configured and are checked."""

    def genuine(source: Source, post: Post) -> bool:
        return post.headers["x-pigeon"] == f"{source.app_secrets[0]} {post.query} {post.body!r}"

    own = replace(DIALECTS[NAME], signature_needs=("app_secrets",))
    monkeypatch.setitem(DIALECTS, NAME, own)
    signed = replace(PROVIDERS[NAME], signature=Signature("X-Pigeon", genuine))
    monkeypatch.setitem(PROVIDERS, NAME, signed)
    config.write_text(
        f'[sources.mine]\nauth = "signature"\ndialect = "{NAME}"\napp_secrets = ["coo"]\n'
    )
    source = load_config(config).sources["mine"]
    check_body(source, {"x-pigeon": "coo a=1 b'{}'"}, b"{}", "a=1")
    with pytest.raises(Refusal, match="no_signature"):
        check_headers(source, {})
    with pytest.raises(Refusal, match="wrong_signature"):
        check_body(source, {"x-pigeon": "coo"}, b"{}")
    (_, finding) = configuration(Settings(data_dir=config.parent, config=config))
    assert finding.level == "warning"  # of the business number, as with any source


def test_its_bodies_may_be_something_else_than_json(monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(body: bytes) -> Json | None:
        return BODY if body == b"coo" else None

    monkeypatch.setitem(PROVIDERS, NAME, replace(PROVIDERS[NAME], decode=decode))
    assert read(b"coo") == read(json.dumps(BODY).encode())
    (letter,) = read(b"caw")
    assert (letter.record["reason"], letter.record["payload"]) == ("malformed_json", b"caw")


def test_its_other_products_are_dead_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(PROVIDERS[NAME], other_product=lambda _: "a letter by post")
    monkeypatch.setitem(PROVIDERS, NAME, other)
    (letter,) = read(json.dumps(BODY).encode())
    assert letter.record["detail"] == "this JSON has no known shape: a letter by post"
    assert json.loads(letter.record["payload"]) == BODY


def test_its_events_happen_when_received_if_it_names_no_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = json.dumps({"pigeon": 1, "flights": [{"ref": "a", "state": "read"}]}).encode()
    assert read(body)[0].record["reason"] == "missing_timestamp"
    monkeypatch.setitem(DIALECTS, NAME, replace(DIALECTS[NAME], names_time=False))
    assert read(body)[0].record["occurred_at"] == RECEIVED_AT


def test_every_list_of_account_events_marks_a_value() -> None:
    assert set(EVENT_OF_LIST) <= set(FIELD_OF_LIST)
