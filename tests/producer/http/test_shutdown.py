"""SIGTERM: open requests are finished, and only published ones are answered with 200."""

from __future__ import annotations

import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from producer.http.listeners import PortTaken, listen_on_both
from settings.limits import Limits
from tests.support.broker import Tail, fresh_broker
from tests.support.payloads import cloud, status
from tests.support.process import freeze
from tests.support.receiver import HOST, SECRET, receiver_process
from tests.support.waiting import wait_for

BODY = cloud(status("wamid.shutdown"))


def test_posts_that_wait_for_the_broker_are_still_answered() -> None:
    limits = Limits(delivery_seconds=60.0, probe_seconds=60.0)
    with fresh_broker() as broker, receiver_process(broker.bootstrap, limits=limits) as edge:
        assert edge.post(BODY).status_code == 200
        tail = Tail(broker.bootstrap)
        freeze(broker.pid)
        with ThreadPoolExecutor(5) as pool:
            answers = [pool.submit(edge.post, BODY) for _ in range(5)]
            wait_for(lambda: edge.metric("bluetick_inflight_posts") == 5)
            edge.terminate()
            wait_for(lambda: not accepts(edge.port))
            assert edge.process.poll() is None
            os.kill(broker.pid, signal.SIGCONT)
            assert [answer.result().status_code for answer in answers] == [200] * 5
        assert edge.process.wait(120) == 0
        assert len(tail.records()["whatsapp.statuses"]) == 5


def test_a_stopped_broker_does_not_delay_it() -> None:
    limits = Limits(delivery_seconds=1.0, probe_seconds=60.0)
    with fresh_broker() as broker, receiver_process(broker.bootstrap, limits=limits) as edge:
        freeze(broker.pid)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(edge.post, BODY)
            wait_for(lambda: edge.metric("bluetick_inflight_posts") == 1)
            edge.terminate()
            assert answer.result().status_code == 503
        assert edge.process.wait(120) == 0
        os.kill(broker.pid, signal.SIGCONT)


def test_its_log_has_single_lines_and_no_personal_data(broker: str) -> None:
    body = cloud(status("wamid.secret", recipient_id="15559998888"))
    with receiver_process(broker) as edge:
        assert edge.post(body).status_code == 200
        assert edge.post(b'{"from": "15559998888"').status_code == 200
        assert edge.post(body, source="15559998888").status_code == 401
        assert edge.post(body, source="15559997777").status_code == 401
        assert edge.post(body, X_Hub_Signature_256="15559998888").status_code == 401
        edge.terminate()
        log = edge.log()
        assert edge.process.wait(120) == 0
    assert "15559998888" not in log
    assert "wamid" not in log
    assert log.count("refused a request") == 2  # similar lines once
    lines = log.splitlines()
    assert all(" INFO bluetick." in line for line in lines if "shorter than" not in line)
    assert "WARNING bluetick.receiver source meta: shorter than 16 characters: app_secrets" in log
    assert SECRET not in log
    assert f"listening on port {edge.port} for " in lines[0]
    assert lines[-1].endswith(" bluetick.receiver ended")


def test_a_taken_port_says_what_to_do() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        for use, ports in {"receiver": (port, 0), "admin": (0, port)}.items():
            public, admin = ports
            with pytest.raises(PortTaken, match=f"{port}.*--{use}-port"):
                listen_on_both(HOST, public, HOST, admin)


def accepts(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True
