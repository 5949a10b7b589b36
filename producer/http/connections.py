"""Counts open connections, so that one address cannot use all of them."""

from __future__ import annotations

from collections import Counter

from producer.http.clients import Clients, group_of
from producer.http.errors import Refusal
from settings.limits import Limits

ADMIN = "admin"
ADMIN_CONNECTIONS = 64  # of the admin port, which strangers must not reach


class Connections:
    """The open connections of both ports. Use it in the event loop only."""

    def __init__(self, limits: Limits, clients: Clients, admin_port: int) -> None:
        self._limits = limits
        self._clients = clients
        self._admin_port = admin_port
        self._open: Counter[str] = Counter()
        self._public = 0

    def enter(self, server: tuple[str, int | None] | None, peer: str) -> str:
        """Counts a connection, and returns the key for `leave` and `trouble`."""
        if server and server[1] == self._admin_port:
            key = ADMIN
        else:
            key = "" if self._clients.trusts(peer) else group_of(peer)
            self._public += 1
        self._open[key] += 1
        return key

    def leave(self, key: str) -> None:
        """Forgets a connection that `enter` counted."""
        self._public -= key != ADMIN
        self._open[key] -= 1
        if not self._open[key]:
            del self._open[key]

    def trouble(self, key: str) -> Refusal | None:
        """Why a new connection must end; None if it may stay."""
        again = {"retry-after": str(self._limits.retry_after_seconds)}
        if key == ADMIN:
            crowded = self._open[key] > ADMIN_CONNECTIONS
        else:
            crowded = self._public > self._limits.max_connections
        if crowded:
            return Refusal(503, "overloaded", "too many connections: try again later", again)
        # Behind a trusted proxy are many clients.
        if key in (ADMIN, "") or self._open[key] <= self._limits.max_connections_per_address:
            return None
        return Refusal(429, "too_many_connections", "too many connections from this address", again)
