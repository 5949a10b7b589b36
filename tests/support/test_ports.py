"""No port is given twice, in this process or to another one."""

from __future__ import annotations

import subprocess
import sys

from tests.support.ports import SERVERS, free_ports

COUNT = len(SERVERS) // 4
TAKE = f"from tests.support.ports import free_ports; print(*free_ports({COUNT}))"


def test_every_port_is_given_once() -> None:
    own = free_ports(COUNT)
    other = subprocess.run(
        [sys.executable, "-c", TAKE], capture_output=True, text=True, check=True
    ).stdout.split()
    assert len({*own, *map(int, other)}) == len(own) + len(other)
