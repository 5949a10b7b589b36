"""The broker stops, dies and comes back: the receiver answers 503, and a 200 is always true."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from bluetick.local.broker import EmbeddedBroker
from schemas.create_topics import ensure_topics
from schemas.topics import TOPICS
from settings.limits import Limits
from tests.support.broker import Tail, fresh_broker
from tests.support.payloads import cloud, status
from tests.support.ports import free_port
from tests.support.process import freeze
from tests.support.receiver import Receiver, receiver
from tests.support.waiting import wait_for

BODY = cloud(status("wamid.outage"))
# Long enough for a healthy broker on a busy machine, and short enough for a test.
LIMITS = Limits(
    delivery_seconds=2.0, probe_seconds=0.1, probe_timeout_seconds=0.5, retry_after_seconds=7
)


@pytest.fixture
def broker_of_its_own() -> Iterator[EmbeddedBroker]:
    with fresh_broker() as broker:
        yield broker
        if broker.running():
            os.kill(broker.pid, signal.SIGCONT)


def is_refused(answer: httpx.Response) -> bool:
    if answer.status_code == 200:
        return False
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "7"
    assert answer.json()["error"]["code"] == "broker_unavailable"
    return True


def test_no_answer_before_the_acknowledgement(broker_of_its_own: EmbeddedBroker) -> None:
    patient = Limits(delivery_seconds=60.0, probe_seconds=30.0)
    with receiver(broker_of_its_own.bootstrap, limits=patient) as edge:
        assert edge.post(BODY).status_code == 200
        tail = Tail(broker_of_its_own.bootstrap)
        with ThreadPoolExecutor(1) as pool:
            freeze(broker_of_its_own.pid)
            answer = pool.submit(edge.post, BODY)
            wait_for(lambda: edge.metric("bluetick_inflight_posts") == 1)
            assert not answer.done()
            os.kill(broker_of_its_own.pid, signal.SIGCONT)
            assert answer.result(timeout=120).status_code == 200
        found = tail.records()
        assert len(found["whatsapp.statuses"]) == len(found["whatsapp.raw"]) == 1


def test_posts_are_refused_while_the_broker_is_stopped(broker_of_its_own: EmbeddedBroker) -> None:
    with receiver(broker_of_its_own.bootstrap, limits=LIMITS) as edge:
        assert edge.post(BODY).status_code == 200
        freeze(broker_of_its_own.pid)
        assert is_refused(edge.post(BODY))
        answer = edge.client.get("/readyz")
        assert answer.status_code == 503
        assert "broker" in answer.json()["reason"]
        assert edge.client.get("/healthz").status_code == 200
        assert edge.metric("bluetick_broker_up") == 0
        os.kill(broker_of_its_own.pid, signal.SIGCONT)
        recovers(edge, broker_of_its_own.bootstrap)


def test_during_a_known_outage_posts_are_refused_at_once(broker_of_its_own: EmbeddedBroker) -> None:
    """Nothing is queued while the broker is known to be down: no POST is in flight."""
    limits = Limits(delivery_seconds=60.0, probe_seconds=0.1, probe_timeout_seconds=0.5)
    with receiver(broker_of_its_own.bootstrap, limits=limits) as edge:
        broker_of_its_own.stop()
        wait_for(lambda: not edge.ready())
        for _ in range(20):
            assert edge.post(BODY).status_code == 503
        assert edge.metric("bluetick_failed_deliveries_total") == 0
        assert edge.metric('bluetick_posts_total{source="meta",status="503"}') == 20


def test_a_broker_that_comes_back_empty_gets_its_topics() -> None:
    port = free_port()
    with EmbeddedBroker(port) as first, receiver(first.bootstrap, limits=LIMITS) as edge:
        assert edge.post(BODY).status_code == 200
        first.stop()
        wait_for(lambda: is_refused(edge.post(BODY)))
        with EmbeddedBroker(port) as second:
            assert second.cluster_id != first.cluster_id
            recovers(edge, second.bootstrap)
            assert ensure_topics(second.bootstrap) == []


def test_it_starts_before_the_broker() -> None:
    port = free_port()
    bootstrap = f"127.0.0.1:{port}"
    with receiver(bootstrap, limits=LIMITS, wait=False) as edge:
        assert is_refused(edge.post(BODY))
        assert not edge.ready()
        with EmbeddedBroker(port):
            recovers(edge, bootstrap)


def test_a_full_queue_refuses_posts_without_an_error_log(broker_of_its_own: EmbeddedBroker) -> None:
    limits = Limits(max_queue_bytes=64 * 1024, probe_seconds=30.0, delivery_seconds=30.0)
    body = cloud(*(status(f"wamid.{number}") for number in range(400)))
    with receiver(broker_of_its_own.bootstrap, limits=limits) as edge:
        assert edge.post(body).status_code == 503
        assert edge.ready()
        wait_for(lambda: edge.post(BODY).status_code == 200)  # as soon as there is room


def test_too_many_waiting_are_refused(broker_of_its_own: EmbeddedBroker) -> None:
    limits = Limits(max_publishing_posts=3, probe_seconds=30.0, delivery_seconds=60.0)
    with (
        receiver(broker_of_its_own.bootstrap, limits=limits) as edge,
        ThreadPoolExecutor(3) as pool,
    ):
        assert edge.post(BODY).status_code == 200
        freeze(broker_of_its_own.pid)
        waiting = [pool.submit(edge.post, BODY) for _ in range(3)]
        wait_for(
            lambda: (
                edge.metric("bluetick_inflight_posts") == 3 or any(one.done() for one in waiting)
            )
        )
        assert [one.result() for one in waiting if one.done()] == []
        answer = edge.post(BODY)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "overloaded")
        assert int(answer.headers["retry-after"]) > 0
        os.kill(broker_of_its_own.pid, signal.SIGCONT)
        assert [answer.result().status_code for answer in waiting] == [200] * 3


def recovers(edge: Receiver, bootstrap: str) -> None:
    """Checks that POSTs are acknowledged again without a restart, and really published."""
    wait_for(lambda: not is_refused(edge.post(BODY)))
    wait_for(edge.ready)
    tail = Tail(bootstrap)
    for _ in range(20):
        assert edge.post(BODY).status_code == 200
    assert len(tail.records()[TOPICS[0].name]) == 20
