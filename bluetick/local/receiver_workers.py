"""Several receiver processes on one port, so that receiving uses more than one core."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from types import FrameType

from bluetick.local.restart_pauses import Pauses
from bluetick.local.supervisor import manner
from producer.http.listeners import Listeners, listen
from producer.http.server import serve
from settings.logging import configure_logging
from settings.sources import Config

log = logging.getLogger("bluetick.receiver")
LOOK_SECONDS = 0.2  # between two looks at the pauses
SPAWN = multiprocessing.get_context("spawn")


class Worker:
    """One process, and the sockets that it listens on.

    The sockets stay open when the process ends: what connects meanwhile is answered by the next.
    """

    def __init__(
        self,
        number: int,
        listeners: Listeners,
        config: Config,
        bootstrap: str,
        registry_url: str | None,
    ) -> None:
        self.number = number
        self.pauses = Pauses()
        self._arguments = (listeners, config, bootstrap, registry_url)
        self.process = self._new()

    @property
    def failed(self) -> bool:
        """Whether it has ended by itself, with an error: another would do the same."""
        return bool(self.process.exitcode and self.process.exitcode > 0)

    def start(self) -> None:
        """Starts the process, again if it has ended."""
        if self.process.exitcode is not None:
            self.process.close()
            self.process = self._new()
        self.process.start()
        self.pauses.end()

    def _new(self) -> BaseProcess:
        return SPAWN.Process(target=_work, args=self._arguments, name=f"worker-{self.number}")


class Workers:
    """Starts the workers, restarts those that are killed, and ends all at a signal."""

    def __init__(self, workers: list[Worker]) -> None:
        self._workers = workers
        self._woken, self._waker = SPAWN.Pipe(duplex=False)
        self._stop = False

    def run(self) -> int:
        """Returns the exit code: 0 after a signal, else the one of the worker that failed."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)
        for worker in self._workers:
            worker.start()
        code = 0
        while not (self._stop or code):
            ends = [one.process.sentinel for one in self._workers if not one.pauses.waiting]
            waiting = len(ends) < len(self._workers)
            connection.wait([self._woken, *ends], LOOK_SECONDS if waiting else None)
            code = self._tend()
        return max(self._end(), code)

    def _tend(self) -> int:
        """Restarts workers. Returns the exit code of one that failed, else 0."""
        for worker in self._workers:
            if worker.pauses.over:
                worker.start()
            elif not worker.pauses.waiting and worker.process.exitcode is not None:
                if self._stop:
                    break
                if worker.failed:
                    log.error("worker %d: %s", worker.number, manner(worker.process.exitcode))
                    return worker.process.exitcode
                log.warning(
                    "worker %d ended (%s); starting it again in %.0f s",
                    worker.number,
                    manner(worker.process.exitcode),
                    worker.pauses.begin(),
                )
        return 0

    def _end(self) -> int:
        """Ends all, after their open requests. Returns the highest exit code."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join()
        return max(0, *(worker.process.exitcode or 0 for worker in self._workers))

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._stop = True
        self._waker.send_bytes(b"stop")


def serve_workers(
    count: int,
    config: Config,
    *,
    host: str,
    port: int,
    admin_host: str,
    admin_port: int,
    bootstrap: str,
    registry_url: str | None = None,
) -> int:
    """Serves in `count` processes until SIGTERM or SIGINT. Returns the exit code.

    The first worker has the admin port, the second the next one, and so on. Raises PortTaken.
    """
    configure_logging()
    public = _shared(host, port, count)
    workers = [
        Worker(
            number,
            (public[number], listen(admin_host, admin_port + number, "admin")),
            config,
            bootstrap,
            registry_url,
        )
        for number in range(count)
    ]
    return Workers(workers).run()


def _shared(host: str, port: int, count: int) -> list[socket.socket]:
    """A socket for each worker on one port. Raises PortTaken.

    Linux spreads connections evenly over sockets that share a port. Elsewhere, one socket serves
    all: the last one to share a port could get every connection.
    """
    alone = listen(host, port)  # fails if another program has the port, even one that shares it
    if sys.platform != "linux":
        return [alone] * count
    alone.close()
    return [listen(host, port, share=True) for _ in range(count)]


def _work(listeners: Listeners, config: Config, bootstrap: str, registry_url: str | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # until the server handles it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.exit(serve(config, listeners, bootstrap=bootstrap, registry_url=registry_url))


def _end_with_parent() -> None:
    """Ends this process, after its open requests, when the parent has ended."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
