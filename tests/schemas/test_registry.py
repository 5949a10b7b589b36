"""What a registry's answers mean; whole ways with a real one are in tests/kafka."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator

import pytest

from schemas.registry import ConfluentRegistry, RegistryUnavailable, UnknownSchema
from schemas.topics import STATUSES, schema_of

PASSWORD = "a-password"
ANSWERS = {
    1: {"schema": json.dumps(schema_of(STATUSES))},
    2: {"schema": 'syntax = "proto3"; message Status {}', "schemaType": "PROTOBUF"},
}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where a registry listens that knows the ids 1 and 2."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = ANSWERS.get(int(self.path.partition("?")[0].rpartition("/")[2]))
            body = json.dumps(known or {"error_code": 40403, "message": "not found"}).encode()
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def registry(port: int) -> ConfluentRegistry:
    return ConfluentRegistry(f"http://user:{PASSWORD}@127.0.0.1:{port}")


def test_a_known_id_gives_its_schema(port: int) -> None:
    assert registry(port).schema_of(1) == schema_of(STATUSES)


@pytest.mark.parametrize(("schema_id", "said"), [(2, "no Avro schema"), (3, "unknown")])
def test_an_id_of_no_use_is_unknown_for_good(port: int, schema_id: int, said: str) -> None:
    with pytest.raises(UnknownSchema, match=f"id {schema_id} .*{said}") as caught:
        registry(port).schema_of(schema_id)
    assert f"http://127.0.0.1:{port}" in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_without_a_registry_nobody_is_told_its_password() -> None:
    with pytest.raises(RegistryUnavailable, match=r"http://127\.0\.0\.1:1: ") as caught:
        registry(1).schema_of(1)
    error: BaseException | None = caught.value
    while error is not None and not error.__suppress_context__:
        error = error.__context__
    assert error is caught.value  # a traceback shows none of what the client said
    assert PASSWORD not in str(error)
