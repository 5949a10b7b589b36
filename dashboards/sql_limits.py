"""What the page SQL allows itself, and whether it is offered."""

from __future__ import annotations

import ipaddress
import os

VARIABLE = "BLUETICK_SQL_PAGE"
ON, OFF = "on", "off"
# A result has at most this many rows and bytes; the rest is not read.
MOST_ROWS = 10_000
MOST_BYTES = 64 * 1024**2
# Seconds after which a query is stopped, start of its process included.
SECONDS = 60.0
# More would share the same cores and memory.
AT_ONCE = 2


def offered() -> bool:
    """Whether this process offers the page: only if `decide` or a person turned it on."""
    return os.environ.get(VARIABLE) == ON


def decide(host: str, *, login: bool = False) -> None:
    """Turn the page on or off for a dashboard that listens on `host`, unless a person did.

    With a login, dashboards/roles.py decides who may open it.
    """
    if os.environ.get(VARIABLE) not in (ON, OFF):
        os.environ[VARIABLE] = ON if login or loopback(host) else OFF


def loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
