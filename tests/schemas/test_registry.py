"""The meaning of a registry's answers. Tests with a real registry are in tests/kafka."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from schemas.confluent import MAX_ANSWER_BYTES, ConfluentRegistry
from schemas.registry_errors import RefusedSchema, RegistryUnavailable, UnknownSchema
from schemas.topics import STATUSES, schema_of
from schemas.writer_schema import flat
from settings.secrets import hushed
from tests.support.ports import free_ports
from tests.support.registry import Answers, registry_of

PASSWORD = "a-password"


@pytest.fixture
def answers() -> Iterator[Answers]:
    """A registry with our schema (id 1) and a schema of another writer (id 2)."""
    known = Answers()
    known.schema(1, schema_of(STATUSES))
    known.schema(2, 'syntax = "proto3"; message Status {}', "PROTOBUF")
    with registry_of(known):
        yield known


def registry(answers: Answers) -> ConfluentRegistry:
    return ConfluentRegistry(f"http://user:{PASSWORD}@127.0.0.1:{answers.port}")


def test_a_known_id_gives_its_schema_and_is_requested_once(answers: Answers) -> None:
    asked = registry(answers)
    for _ in range(2):
        assert asked.schema_of(1) == flat(schema_of(STATUSES))
    assert answers.asked == ["/schemas/ids/1"]


@pytest.mark.parametrize(
    ("schema_id", "kind", "text"),
    [(2, RefusedSchema, "not an Avro schema"), (3, UnknownSchema, "unknown")],
)
def test_an_id_of_no_use_is_unknown(
    answers: Answers, schema_id: int, kind: type[Exception], text: str
) -> None:
    asked = registry(answers)
    for _ in range(2):
        with pytest.raises(UnknownSchema, match=f"id {schema_id} .*{text}") as caught:
            asked.schema_of(schema_id)
        assert type(caught.value) is kind
        assert answers.url in str(caught.value)
        assert PASSWORD not in str(caught.value)
    assert answers.asked == [f"/schemas/ids/{schema_id}"]


def test_a_schema_of_unlimited_length_is_refused_unread(answers: Answers) -> None:
    answers.schema(4, "x" * (50 * 1024 * 1024))
    with pytest.raises(RefusedSchema, match=r"id 4 .* too long"):
        registry(answers).schema_of(4)
    answers.schema(5, "[" * (MAX_ANSWER_BYTES // 8))
    with pytest.raises(RefusedSchema, match=r"id 5 .* not valid JSON"):
        registry(answers).schema_of(5)


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_registry_that_fails_on_one_id_does_not_delay_the_others(
    answers: Answers, status: int
) -> None:
    answers.put("/schemas/ids/6", status, b"{}")
    answers.put("/config", 200, b'{"compatibilityLevel": "BACKWARD"}')
    with pytest.raises(UnknownSchema, match="id 6 "):
        registry(answers).schema_of(6)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_an_unreachable_registry_is_asked_again(answers: Answers, status: int) -> None:
    answers.put("/schemas/ids/6", status, b"{}")
    asked = registry(answers)
    with pytest.raises(RegistryUnavailable, match=f"status {status}") as caught:
        asked.schema_of(6)
    assert PASSWORD not in str(caught.value)
    answers.schema(6, schema_of(STATUSES))
    assert asked.schema_of(6) == flat(schema_of(STATUSES))


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", json.dumps({"id": 1}).encode()])
def test_a_server_that_is_not_a_registry_is_refused(answers: Answers, body: bytes) -> None:
    answers.put("/schemas/ids/6", 200, body)
    with pytest.raises(RegistryUnavailable, match="does not answer as a schema registry"):
        registry(answers).schema_of(6)


def test_of_several_registries_one_that_answers_is_used(answers: Answers) -> None:
    (silent,) = free_ports(1)
    asked = ConfluentRegistry(f"http://127.0.0.1:{silent}, {answers.url}")
    assert asked.schema_of(1) == flat(schema_of(STATUSES))


def test_an_unreachable_registry_is_reported_without_its_password() -> None:
    asked = ConfluentRegistry(f"http://user:{PASSWORD}@127.0.0.1:1")
    with pytest.raises(RegistryUnavailable, match=r"http://127\.0\.0\.1:1: ") as caught:
        asked.schema_of(1)
    error: BaseException | None = caught.value
    while error is not None and not error.__suppress_context__:
        error = error.__context__
    assert error is caught.value  # a traceback must not show the client's message
    assert PASSWORD not in str(error)


def test_each_of_several_passwords_is_hidden() -> None:
    urls = f"http://a:{PASSWORD}@one, http://b:{PASSWORD}@two/path"
    assert hushed(f"asked {urls}", urls) == "asked http://one, http://two/path"
