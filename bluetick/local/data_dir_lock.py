"""Exclusive use of the ports and of the data folder."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from bluetick.options import HOST
from settings import folder_lock
from settings.folder_lock import Taken

LOCK_FILE = "running.lock"
ELSEWHERE = "another folder with --data-dir or BLUETICK_DATA_DIR"


def check_ports(ports: Mapping[str, int]) -> None:
    """Raise Taken if a port is in use, naming all such ports.

    Keys are names of options: `receiver` for `--receiver-port`.
    """
    busy = [
        f"port {port} is taken: choose another for the {use} with --{use}-port "
        f"or BLUETICK_{use.upper()}_PORT"
        for use, port in ports.items()
        if not _free(port)
    ]
    twice = {port for port in ports.values() if list(ports.values()).count(port) > 1}
    busy += [f"port {port} is used twice: {_uses(ports, port)}" for port in sorted(twice)]
    if busy:
        raise Taken("\n".join(busy))


def claimed(data_dir: Path) -> AbstractContextManager[None]:
    """Locks the folder for as long as the context, or this process, lasts.

    Raises Taken if another Bluetick runs there or if the folder cannot be written. Two of them
    would land events of two brokers in one warehouse.
    """
    return folder_lock.claimed(data_dir / LOCK_FILE, "Bluetick", ELSEWHERE)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port with only closed connections is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _uses(ports: Mapping[str, int], port: int) -> str:
    return ", ".join(f"--{use}-port" for use, other in ports.items() if other == port)
