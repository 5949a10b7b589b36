"""One address or one source cannot take what all need."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from producer.http.errors import Refusal
from producer.http.post_rates import Rates
from settings.errors import ConfigError
from settings.limits import Limits
from settings.sources import Config, Source, load_config
from tests.support.payloads import cloud, status
from tests.support.receiver import HOST, JSON, receiver, signature
from tests.support.waiting import wait_for
from tests.support.wire import everything, head, status_of

BODY = cloud(status("wamid.share"))
OTHER = "127.0.0.2"


def wire(port: int, address: str) -> socket.socket:
    return socket.create_connection((HOST, port), timeout=120, source_address=(address, 0))


def test_one_address_cannot_take_all_connections(broker: str) -> None:
    limits = Limits(max_connections=40, max_connections_per_address=20)
    with receiver(broker, limits=limits) as edge, ExitStack() as held:
        wires = [held.enter_context(wire(edge.port, OTHER)) for _ in range(60)]
        answers = [everything(each) for each in wires[20:]]
        assert {status_of(answer) for answer in answers} == {429}
        assert all(b"retry-after: 5" in answer for answer in answers)
        assert edge.post(BODY).status_code == 200
        assert edge.ready()
        for each in wires:
            each.close()
        wait_for(lambda: opens(edge.port))


def opens(port: int) -> bool:
    """Whether the other address gets an answer to a request."""
    with wire(port, OTHER) as again:
        again.sendall(head("/healthz", "Connection: close", method="GET") + b"\r\n")
        return status_of(everything(again)) == 200


def test_the_admin_port_answers_while_the_other_has_no_connection_left(broker: str) -> None:
    with receiver(broker, limits=Limits(max_connections=10)) as edge, ExitStack() as held:
        for number in range(20):
            held.enter_context(wire(edge.port, f"127.0.0.{2 + number}"))
        with wire(edge.port, OTHER) as refused:
            assert status_of(everything(refused)) == 503
        assert edge.admin.get("/readyz").status_code == 200


def test_one_address_cannot_hold_all_memory_for_bodies(broker: str) -> None:
    limits = Limits(max_reading_bytes_per_address=1_000_000, body_seconds=60, request_seconds=60)
    large = BODY + b" " * 600_000
    headers = (
        "Content-Type: application/json",
        f"X-Hub-Signature-256: {signature(b'')}",
        f"Content-Length: {len(large)}",
    )
    start = head("/webhooks/meta", *headers) + b"\r\n" + large[:590_000]
    with receiver(broker, limits=limits) as edge, wire(edge.port, OTHER) as holder:
        holder.sendall(start)
        wait_for(lambda: edge.metric("bluetick_reading_bytes") > 400_000)
        with wire(edge.port, OTHER) as again:
            again.sendall(start)
            answer = everything(again)
        assert status_of(answer) == 429
        assert b"retry-after: 5" in answer
        assert edge.post(large).status_code == 200
        holder.close()
        wait_for(lambda: edge.metric("bluetick_reading_bytes") == 0)


def config(**extra: object) -> Config:
    source = {"auth": "none"} | extra
    proxies = {"trusted_proxies": [OTHER]}
    return Config.model_validate({"sources": {"open": source}, "receiver": proxies})


def test_a_source_allows_only_its_networks(broker: str) -> None:
    with receiver(broker, config=config(allow=["192.0.2.0/24"])) as edge:
        made_up = JSON | {"X-Forwarded-For": "192.0.2.7"}
        refused = edge.client.post("/webhooks/open", content=BODY, headers=made_up)
        unknown = edge.client.post("/webhooks/nobody", content=BODY, headers=made_up)
        assert (refused.status_code, refused.text) == (401, unknown.text)
        for client, code in {"192.0.2.7": 200, "203.0.113.7": 401}.items():
            with wire(edge.port, OTHER) as proxied:
                lines = (
                    "Content-Type: application/json",
                    f"X-Forwarded-For: {client}",
                    f"Content-Length: {len(BODY)}",
                    "Connection: close",
                )
                proxied.sendall(head("/webhooks/open", *lines) + b"\r\n" + BODY)
                assert status_of(everything(proxied)) == code


def test_a_source_has_a_rate(broker: str) -> None:
    with receiver(broker, config=config(posts_per_second=0.001)) as edge:
        answers = [edge.client.post("/webhooks/open", content=BODY, headers=JSON) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert 900 <= int(answers[1].headers["retry-after"]) <= 1000


def test_a_rate_lets_bursts_of_a_second_through() -> None:
    now = 0.0
    rates = Rates([Source(name="a", auth="none", posts_per_second=4)], lambda: now)
    for _ in range(4):
        rates.take("a")
    with pytest.raises(Refusal, match="too_many_posts"):
        rates.take("a")
    rates.take("b")
    now = 0.25
    rates.take("a")
    with pytest.raises(Refusal):
        rates.take("a")
    now = 100.0
    for _ in range(4):
        rates.take("a")
    with pytest.raises(Refusal):
        rates.take("a")


@pytest.mark.parametrize(
    "line", ['allow = ["192.0.2.1/24"]', 'allow = ["host"]', "posts_per_second = 0"]
)
def test_wrong_settings_are_explained(tmp_path: Path, line: str) -> None:
    file = tmp_path / "bluetick.toml"
    file.write_text(f'[sources.a]\nauth = "none"\n{line}\n')
    with pytest.raises(ConfigError, match=r"sources\.a\.(allow|posts_per_second)"):
        load_config(file)
