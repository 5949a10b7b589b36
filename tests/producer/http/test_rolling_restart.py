"""Two receivers behind a load balancer are restarted in turn, and no sender notices."""

from __future__ import annotations

import itertools
import signal
import threading
from pathlib import Path

import httpx

from schemas.topics import STATUSES
from tests.support.balancer import Balancer, balancer
from tests.support.broker import Tail, fresh_broker
from tests.support.command import BLUETICK, environment
from tests.support.payloads import flat, status
from tests.support.ports import HOST, free_ports
from tests.support.process import Child
from tests.support.receiver import JSON
from tests.support.waiting import wait_for

SENDERS = 6
# Between two POSTs of a sender: without it, they take the processor from what is restarted.
PAUSE_SECONDS = 0.03
# Ten checks of the balancer, on a busy machine.
DRAIN_SECONDS = "2"


class Sender(threading.Thread):
    """Posts one status after another over connections that it keeps open."""

    def __init__(self, port: int, name: str, end: threading.Event) -> None:
        super().__init__()
        self.acknowledged: list[str] = []
        self.others: list[str] = []
        self._url, self._prefix, self._end = f"http://{HOST}:{port}/webhooks/local", name, end

    def run(self) -> None:
        with httpx.Client(trust_env=False, verify=False, timeout=120, headers=JSON) as client:
            for number in itertools.count():
                if self._end.wait(PAUSE_SECONDS):
                    return
                name = f"{self._prefix}-{number}"
                try:
                    answer = client.post(self._url, content=flat(status(name)))
                except httpx.TransportError as error:
                    self.others.append(repr(error))
                    continue
                if answer.status_code == 200:
                    self.acknowledged.append(name)
                else:
                    self.others.append(str(answer.status_code))


def receive(bootstrap: str, port: int, admin: int, folder: Path) -> Child:
    """A receiver with the source `local`, which is started."""
    ports = ("--receiver-port", str(port), "--admin-port", str(admin))
    own = environment(KAFKA_BOOTSTRAP_SERVERS=bootstrap, BLUETICK_DRAIN_SECONDS=DRAIN_SECONDS)
    child = Child(
        ["env", "-C", str(folder), *BLUETICK, "receive", *ports],
        log=folder / f"receiver-{port}.log",
        env=own,
    )
    child.start()
    return child


def restarted(child: Child, port: int, senders: list[Sender], shared: Balancer) -> None:
    child.signal(signal.SIGTERM)
    wait_for(lambda: port not in shared.ready)
    assert child.running, child.tail()  # it drains
    assert child.wait(120) == 0
    child.start()
    wait_for(lambda: port in shared.ready)
    done = [len(sender.acknowledged) for sender in senders]
    wait_for(lambda: all(len(one.acknowledged) > n for one, n in zip(senders, done, strict=True)))


def test_no_post_is_refused_and_every_acknowledged_one_is_published_once(tmp_path: Path) -> None:
    ports = free_ports(4)
    with fresh_broker() as broker:
        tail = Tail(broker.bootstrap, (STATUSES,))
        children = {
            port: receive(broker.bootstrap, port, admin, tmp_path)
            for port, admin in zip(ports[:2], ports[2:], strict=True)
        }
        end = threading.Event()
        try:
            with balancer(ports[:2]) as shared:
                wait_for(lambda: len(shared.ready) == 2)
                senders = [Sender(shared.port, f"wamid.{n}", end) for n in range(SENDERS)]
                for sender in senders:
                    sender.start()
                try:
                    for _ in range(2):
                        for port, child in children.items():
                            restarted(child, port, senders, shared)
                finally:
                    end.set()
                    for sender in senders:
                        sender.join()
        finally:
            for child in children.values():
                child.kill()
        published = [record["message_id"] for record in tail.records()["whatsapp.statuses"]]
    # A busy machine may have no answer of the broker in time; then the provider repeats the POST.
    assert {other for sender in senders for other in sender.others} <= {"503"}
    acknowledged = [name for sender in senders for name in sender.acknowledged]
    assert sorted(published) == sorted(acknowledged)
