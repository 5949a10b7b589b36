"""Free ports on loopback."""

from __future__ import annotations

import random
import socket

HOST = "127.0.0.1"
# Below the range from which systems take the ports of outgoing connections: a server that is
# killed and started again must find its port still free.
SERVERS = range(20_000, 32_000)


def free_ports(count: int) -> list[int]:
    """Different ports nobody listens on just now."""
    found: list[int] = []
    for port in random.sample(SERVERS, len(SERVERS)):
        if len(found) == count:
            break
        if _bindable(port):
            found.append(port)
    return found


def free_port() -> int:
    return free_ports(1)[0]


def listening(port: int, *, timeout: float = 0.5) -> bool:
    """Whether somebody accepts connections there."""
    try:
        with socket.create_connection((HOST, port), timeout):
            return True
    except OSError:
        return False


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
