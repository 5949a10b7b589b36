"""Runs the receiver until a signal stops it."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import signal
from collections.abc import Callable
from dataclasses import replace
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from producer.http.app import create_app
from producer.http.clients import Clients
from producer.http.connections import Connections
from producer.http.drain import Drain
from producer.http.listeners import Listeners
from producer.http.protocol import protocol
from settings.limits import Limits
from settings.logging import configure_logging
from settings.privacy import FULL
from settings.sources import Config
from settings.weak_sources import LEAST, weak_keys

log = logging.getLogger("bluetick.receiver")
SPARE_FILES = 128  # for everything but senders: Kafka connections, logs and others
KEEP_ALIVE_SECONDS = 30
# New objects after which the garbage collector looks for cycles. POSTs leave none, but those that
# wait have so many objects that it would look again and again.
GC_OBJECTS = 20_000


def options(app: ASGIApp, http: type[asyncio.Protocol], **more: Any) -> uvicorn.Config:
    """uvicorn's options for a server of this project."""
    return uvicorn.Config(
        app,
        http=http,
        loop="uvloop",
        ws="none",
        interface="asgi3",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        **more,
    )


class Server(uvicorn.Server):
    """uvicorn with this project's settings, on sockets that listen already."""

    def __init__(
        self,
        config: Config,
        listeners: Listeners,
        *,
        bootstrap: str,
        registry_url: str | None = None,
        limits: Limits,
    ) -> None:
        self._listeners = listeners
        self.port, self.admin_port = (each.getsockname()[1] for each in self._listeners)
        self._drain = Drain(limits.drain_seconds)
        clients = Clients(config.receiver.trusted_proxies)
        app = create_app(
            config,
            bootstrap=bootstrap,
            admin_port=self.admin_port,
            registry_url=registry_url,
            limits=limits,
            drain=self._drain,
        )
        super().__init__(
            options(
                app,
                protocol(limits, Connections(limits, clients, self.admin_port)),
                lifespan="on",
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                # Longer than any request can take, so that none is interrupted.
                timeout_graceful_shutdown=round(limits.body_seconds + limits.delivery_seconds + 6),
            )
        )

    def serve_until_stopped(self) -> int:
        """Serves until `should_exit` or a signal, finishes open requests, returns the exit code."""
        self.run(sockets=list(self._listeners))
        return 0 if self.started else 1

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Stops after open requests at the first signal, and at once at a SIGINT after it.

        After a SIGTERM it first drains. Unlike in uvicorn, the signal is not raised again at the
        end: the exit code would be -15.
        """
        self.force_exit = self.should_exit and sig == signal.SIGINT
        if sig == signal.SIGTERM:
            self._drain.begin()
        else:
            self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second: whether to stop now."""
        self.should_exit = self.should_exit or self._drain.over
        return await super().on_tick(counter)


def serve(
    config: Config,
    listeners: Listeners,
    *,
    bootstrap: str,
    registry_url: str | None = None,
    limits: Limits | None = None,
    on_listening: Callable[[int, int], None] | None = None,
) -> int:
    """Serves until SIGTERM or SIGINT, then finishes open requests. Returns the exit code.

    After SIGTERM it is not ready, but goes on for `drain_seconds`. Also starts while the broker is
    down. `on_listening` is called with both ports. Raises ConfigError if a limit in the environment
    is not valid.
    """
    configure_logging()
    limits = _within_files(limits or Limits.from_environment())
    server = Server(
        config, listeners, bootstrap=bootstrap, registry_url=registry_url, limits=limits
    )
    names = ", ".join(config.sources) or "no source"
    log.info("listening on port %d for %s, admin port %d", server.port, names, server.admin_port)
    if config.privacy.level != FULL:
        log.info("privacy level %s, key %s", config.privacy.level, config.privacy.key_id)
    for source in config.sources.values():
        if keys := ", ".join(weak_keys(source)):
            log.warning("source %s: shorter than %d characters: %s", source.name, LEAST, keys)
    if on_listening:
        on_listening(server.port, server.admin_port)
    # What exists now stays until the end. The garbage collector needs not look at it again and
    # again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_OBJECTS)
    code = server.serve_until_stopped()
    log.info("ended")
    return code


def _within_files(limits: Limits) -> Limits:
    """The limits, with fewer connections if the system does not allow enough open files.

    First raises the number of open files as far as the system allows.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limits.max_connections + SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return replace(
            limits, max_connections=max(1, min(limits.max_connections, soft - SPARE_FILES))
        )
    return limits
