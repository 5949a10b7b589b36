"""The whole of Bluetick as a user starts it: `bluetick up` or `bluetick demo`, on free ports."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.support.command import BLUETICK, environment
from tests.support.lake import prepare
from tests.support.ports import free_ports
from tests.support.waiting import wait_for
from warehouse.connection import Location, connect

# Seconds that a part may need for a restart on a busy machine.
PATIENCE = 200.0


@dataclass
class Running:
    """The command's process, its output, and the addresses of its parts."""

    process: subprocess.Popen[str]
    data_dir: Path
    receiver_port: int
    dashboard_port: int
    broker_port: int
    admin_port: int
    lines: list[str] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def printed(self, text: str, seconds: float = PATIENCE) -> str:
        """Waits for a line with `text`, and returns it. Fails if the process ends before."""
        with self._news:
            found = self._news.wait_for(lambda: self._line(text) or self._ended(), seconds)
            assert found, f"{text!r} was not printed in {seconds:.0f} s:\n{self.output}"
        line = self._line(text)
        assert line, f"it ended without printing {text!r}:\n{self.output}"
        return line

    @property
    def webhooks(self) -> str:
        return f"http://127.0.0.1:{self.receiver_port}/webhooks/local"

    def kill(self, part: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Sends a signal to a part, named as in its command line. Returns its process id."""
        found = children(self.process.pid)
        pid = next(pid for pid, command in found.items() if f" {part}" in command)
        os.kill(pid, number)
        return pid

    def end(self) -> int:
        """Asks the process to end. Returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def read(self) -> None:
        """Collects the output until the end of the process."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line)
                self._news.notify_all()
        with self._news:
            self.process.wait()
            self._news.notify_all()

    def _line(self, text: str) -> str | None:
        return next((line for line in self.lines if text in line), None)

    def _ended(self) -> bool:
        return self.process.poll() is not None


def ports_of(data_dir: Path) -> dict[str, str]:
    """An environment with free ports and this data folder."""
    receiver, admin, dashboard, broker = map(str, free_ports(4))
    return environment(
        BLUETICK_DATA_DIR=str(data_dir),
        BLUETICK_RECEIVER_PORT=receiver,
        BLUETICK_ADMIN_PORT=admin,
        BLUETICK_DASHBOARD_PORT=dashboard,
        BLUETICK_BROKER_PORT=broker,
    )


def started(
    folder: Path, *arguments: str, prepared: bool = True, **variables: str
) -> AbstractContextManager[Running]:
    """Starts `bluetick` with these arguments in `folder`, and kills it at the end if it runs.

    It finds a new warehouse, unless `prepared` is false: then it makes one.
    """
    if prepared:
        prepare(folder / "data")
    return started_by(BLUETICK, folder, *arguments, **variables)


@contextmanager
def started_by(
    program: Sequence[str], folder: Path, *arguments: str, **variables: str
) -> Iterator[Running]:
    """As `started`, with the program of another installation."""
    data_dir = folder / "data"
    env = ports_of(data_dir) | variables
    process = subprocess.Popen(
        [*program, *arguments],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    running = Running(
        process,
        data_dir,
        int(env["BLUETICK_RECEIVER_PORT"]),
        int(env["BLUETICK_DASHBOARD_PORT"]),
        int(env["BLUETICK_BROKER_PORT"]),
        int(env["BLUETICK_ADMIN_PORT"]),
    )
    reader = threading.Thread(target=running.read)
    reader.start()
    try:
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        reader.join()
        assert process.stdout is not None
        process.stdout.close()


def children(pid: int) -> dict[int, str]:
    """The processes that `pid` has started, and their command lines."""
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found[int(entry.name)] = command
        except OSError:  # it has ended meanwhile
            continue
    return found


def alive(pid: int) -> bool:
    """Whether the process runs; a process that has ended but still has an entry does not."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


class Posting:
    """Posts one status after another, each with its own id, until the end of the block.

    The ids that were answered with 200 are in `acknowledged`.
    """

    def __init__(self, running: Running, prefix: str) -> None:
        self.acknowledged: list[str] = []
        self._url = running.webhooks
        self._prefix = prefix
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._post)

    def await_more(self, count: int) -> None:
        """Waits until this many more have been acknowledged."""
        before = len(self.acknowledged)
        wait_for(lambda: len(self.acknowledged) >= before + count, PATIENCE)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join()

    def _post(self) -> None:
        with httpx.Client(trust_env=False, verify=False, timeout=120) as client:
            for number in itertools.count():
                if self._end.is_set():
                    return
                name = f"{self._prefix}-{number}"
                if self._answer(client, name) == 200:
                    self.acknowledged.append(name)
                    # Without a pause, the posts take the processor from the part that starts again.
                    self._end.wait(0.05)
                else:
                    self._end.wait(0.1)

    def _answer(self, client: httpx.Client, name: str) -> int:
        status = {"id": name, "status": "sent", "timestamp": "1660019987"}
        try:
            return client.post(self._url, json={"statuses": [status]}).status_code
        except httpx.TransportError:
            return 0


def landings(data_dir: Path, prefix: str) -> dict[str, int]:
    """How often each status whose message id begins with `prefix` is in the warehouse."""
    with connect(Location.under(data_dir), read_only=True, threads=1) as connection:
        rows = connection.execute(
            "SELECT message_id, count(*) FROM statuses WHERE starts_with(message_id, ?) GROUP BY 1",
            [prefix],
        ).fetchall()
    return {str(name): int(times) for name, times in rows}
