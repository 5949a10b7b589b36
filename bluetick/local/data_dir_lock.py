"""Exclusive use of the ports and of the data folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

from bluetick.options import HOST
from settings.errors import BluetickError

LOCK_FILE = "running.lock"


class Taken(BluetickError):
    """Another process uses a port or the data folder."""


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


@contextlib.contextmanager
def claimed(data_dir: Path) -> Iterator[None]:
    """Lock the folder until the block, or this process, ends.

    Raises Taken if another Bluetick runs there or if the folder cannot be written. Two of them
    would land events of two brokers in one warehouse.
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (data_dir / LOCK_FILE).open("a+")
    except OSError as error:
        raise Taken(
            f"{data_dir} cannot be written to ({error.strerror}): "
            "choose another folder with --data-dir or BLUETICK_DATA_DIR"
        ) from None
    with file as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            owner = lock.read().strip()
            raise Taken(
                f"Bluetick already runs in {data_dir} (process {owner or 'unknown'}): "
                "stop it, or choose another folder with --data-dir or BLUETICK_DATA_DIR"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


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
