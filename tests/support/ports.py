"""Free ports on loopback; each is given to one test at a time."""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from functools import cache
from pathlib import Path

HOST = "127.0.0.1"
# Below the range that systems use for outgoing connections: the port must still be free when a
# server is killed and started again.
SERVERS = range(20_000, 32_000)
_given: set[int] = set()


def free_ports(count: int) -> list[int]:
    """Different ports on which nothing listens, and which no other process of the tests gets.

    They are reserved until this process ends, so a test can stop and start a server.
    """
    found: list[int] = []
    for port in random.sample(SERVERS, len(SERVERS)):
        if len(found) == count:
            break
        if port not in _given and _reserved(port) and _bindable(port):
            _given.add(port)
            found.append(port)
    return found


def free_pair() -> tuple[int, int]:
    """A free port and the next one, which is free too; reserved as by `free_ports`."""
    while True:
        (port,) = free_ports(1)
        after = port + 1
        if after not in _given and _reserved(after) and _bindable(after):
            _given.add(after)
            return port, after


def free_port() -> int:
    return free_ports(1)[0]


def listening(port: int, *, timeout: float = 0.5) -> bool:
    """Whether something accepts connections on the port."""
    try:
        with socket.create_connection((HOST, port), timeout):
            return True
    except OSError:
        return False


def _reserved(port: int) -> bool:
    """Locks the byte of the port; the system unlocks it when this process ends."""
    try:
        fcntl.lockf(_reservations(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


@cache
def _reservations() -> int:
    # Never closed, because closing any descriptor of the file would release all its locks.
    path = Path(tempfile.gettempdir()) / f"bluetick-test-ports-{os.getuid()}"
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
