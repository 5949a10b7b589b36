"""Traces: off by default, and from a POST to its rows with a collector that speaks OTLP."""

from __future__ import annotations

import random
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from settings.tracing import TraceError, Tracing, tracing
from tests.support.broker import fresh_broker
from tests.support.command import BLUETICK, environment
from tests.support.http_server import served
from tests.support.payloads import flat, status
from tests.support.ports import HOST, free_ports
from tests.support.process import Child
from tests.support.receiver import JSON
from tests.support.waiting import wait_for

PHONE = "15551234567"


class Collector:
    """The spans that were sent to it, by service, and all bytes."""

    def __init__(self) -> None:
        self.url = ""
        self.spans: list[tuple[str, Span]] = []
        self.bytes = b""

    def add(self, body: bytes) -> None:
        self.bytes += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            names = {item.key: item.value.string_value for item in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [(names["service.name"], span) for span in scope.spans]

    def of(self, service: str) -> list[Span]:
        return [span for name, span in self.spans if name == service]


@contextmanager
def collector() -> Iterator[Collector]:
    """A collector of traces on loopback, by OTLP over HTTP."""
    one, lock = Collector(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                one.add(body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    with served(server):
        one.url = f"http://{HOST}:{server.server_port}"
        yield one


def test_a_trace_leads_from_the_post_to_its_rows(tmp_path: Path) -> None:
    port, admin = free_ports(2)
    with fresh_broker() as broker, collector() as found:
        env = environment(
            KAFKA_BOOTSTRAP_SERVERS=broker.bootstrap,
            BLUETICK_TRACE="true",
            OTEL_TRACES_SAMPLER="always_on",
            OTEL_EXPORTER_OTLP_ENDPOINT=found.url,
            OTEL_BSP_SCHEDULE_DELAY="100",
        )
        folder = str(tmp_path)
        ports = ("--receiver-port", str(port), "--admin-port", str(admin))
        place = ("--data-dir", str(tmp_path / "data"), "--group-protocol", "static")
        children = [
            Child(["env", "-C", folder, *BLUETICK, *rest], log=tmp_path / rest[0], env=env)
            for rest in (("receive", *ports), ("land", *place))
        ]
        for child in children:
            child.start()
        try:
            url = f"http://{HOST}:{port}"
            wait_for(lambda: answers(f"{url}/readyz"))
            for number in range(3):
                body = flat(status(f"wamid.traced{number}", recipient_id=PHONE))
                answer = httpx.post(
                    f"{url}/webhooks/local",
                    content=body,
                    headers=JSON,
                    trust_env=False,
                    verify=False,
                )
                assert answer.status_code == 200
            wait_for(
                lambda: (
                    len(found.of("bluetick-receiver")) == 3
                    and len({span.trace_id for span in found.of("bluetick-consumer")}) == 3
                )
            )
            for child in children:
                child.signal(signal.SIGTERM)
            assert [child.wait(120) for child in children] == [0, 0], children[1].tail()
        finally:
            for child in children:
                child.kill()
    posts = {span.span_id: span for span in found.of("bluetick-receiver")}
    for span in found.of("bluetick-consumer"):
        post = posts[span.parent_span_id]
        assert span.trace_id == post.trace_id
        assert (post.name, span.name) == ("POST /webhooks", "land")
        assert post.end_time_unix_nano <= span.end_time_unix_nano
        (code,) = post.attributes
        assert (code.key, code.value.int_value) == ("http.response.status_code", 200)
    assert PHONE.encode() not in found.bytes
    assert b"wamid" not in found.bytes


def answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False, verify=False).status_code == 200
    except httpx.TransportError:
        return False


def test_they_are_off_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLUETICK_TRACE", raising=False)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    assert tracing("test") is None


@contextmanager
def traces(monkeypatch: pytest.MonkeyPatch, sampler: str) -> Iterator[Tracing]:
    monkeypatch.setenv("BLUETICK_TRACE", "true")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
    made = tracing("test")
    assert made
    try:
        yield made
    finally:
        made.close()


def test_one_post_in_a_hundred_has_a_trace_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    random.seed(1)  # ids of traces are random, and decide
    with traces(monkeypatch, "") as made:
        assert 70 < sum(made.chosen("/webhooks") for _ in range(10_000)) < 130


@pytest.mark.parametrize(("sampler", "chosen"), [("always_on", True), ("always_off", False)])
def test_the_variable_of_opentelemetry_says_which_posts_have_a_trace(
    monkeypatch: pytest.MonkeyPatch, sampler: str, chosen: bool
) -> None:
    with traces(monkeypatch, sampler) as made:
        assert made.chosen("/webhooks") is chosen


def test_only_records_within_a_span_have_the_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    with traces(monkeypatch, "always_off") as made:
        assert made.headers() == {}
        with made.post("/webhooks") as span:
            (header,) = made.headers().values()
            assert f"{span.get_span_context().span_id:016x}" in header
        assert made.headers() == {}


def test_what_is_missing_or_wrong_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUETICK_TRACE", "yes")
    with pytest.raises(TraceError, match="must be true or false"):
        tracing("test")
    monkeypatch.setenv("BLUETICK_TRACE", "true")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(TraceError, match=r"pip install 'bluetick\[trace\]'"):
        tracing("test")
