"""The schema endpoints of the receiver, served alone."""

from __future__ import annotations

import logging
import socket
from types import FrameType

import uvicorn

from producer.http.app import create_registry_app
from producer.http.clients import Clients
from producer.http.connections import Connections
from producer.http.protocol import protocol
from producer.http.server import options
from settings.limits import Limits
from settings.logging import configure_logging

log = logging.getLogger("bluetick.registry")


class RegistryServer(uvicorn.Server):
    """uvicorn with this project's protocol, on a socket that listens already."""

    def __init__(self, listener: socket.socket, limits: Limits) -> None:
        port = listener.getsockname()[1]
        http = protocol(limits, Connections(limits, Clients([]), port))
        super().__init__(options(create_registry_app(limits), http, lifespan="off"))

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Stops after open requests; uvicorn would raise the signal again at the end."""
        self.should_exit = True


def serve_registry(listener: socket.socket) -> int:
    """Serves the schemas until SIGTERM or SIGINT. Returns the exit code. Raises ConfigError."""
    configure_logging()
    server = RegistryServer(listener, Limits.from_environment())
    log.info("serving the schemas on port %d", listener.getsockname()[1])
    server.run(sockets=[listener])
    return 0 if server.started else 1
