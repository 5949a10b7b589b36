"""The receiver as an ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from producer.http.admin import ByPort, admin_routes, health_routes
from producer.http.drain import ClosesWhileDraining, Drain
from producer.http.errors import Refusal, method_not_allowed
from producer.http.middleware import Guard
from producer.http.schema_registry import registry_routes
from producer.http.traced import Traced
from producer.http.webhooks import Webhooks
from producer.kafka.journal import Journal
from producer.kafka.publisher import Publisher
from producer.metrics import Metrics
from settings.journal import journal_dir
from settings.limits import Limits
from settings.sources import Config
from settings.tracing import tracing


def create_app(
    config: Config,
    *,
    bootstrap: str,
    admin_port: int,
    registry_url: str | None = None,
    limits: Limits | None = None,
    drain: Drain | None = None,
) -> ASGIApp:
    """Returns the application, which connects to Kafka when its lifespan starts.

    `bootstrap` is Kafka's address. Requests that come in through `admin_port` get metrics and,
    without `registry_url`, the schemas as a registry; all others get webhooks and sends. Default
    limits apply if `limits` is None. Once `drain` has begun, it is not ready and connections close.
    Raises TraceError.
    """
    limits = limits or Limits()
    drain = drain or Drain(limits.drain_seconds)
    metrics = Metrics(config.sources)
    metrics.keeps(config.privacy.level)
    folder = journal_dir()
    journal = Journal(folder) if folder else None
    traces = tracing("bluetick-receiver")
    publisher = Publisher(
        bootstrap, registry_url, limits, metrics, journal, traces.headers if traces else None
    )
    webhooks = Webhooks(config, publisher, limits, metrics)
    metrics.watch("bluetick_inflight_posts", lambda: webhooks.posts.used)
    metrics.watch("bluetick_inflight_bytes", lambda: webhooks.publishing.used)
    metrics.watch("bluetick_reading_bytes", lambda: webhooks.reading.used)
    metrics.watch("bluetick_broker_up", lambda: publisher.trouble is None)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await publisher.start()
        try:
            yield
        finally:
            await publisher.stop()
            if traces:
                await asyncio.to_thread(traces.close)

    places: dict[str, ASGIApp] = {
        "/webhooks": Guard(webhooks.serve, limits.retry_after_seconds),
        "/sends": Guard(webhooks.serve_sends, limits.retry_after_seconds),
    }
    if traces:
        places = {place: Traced(app, traces, place) for place, app in places.items()}
    health = health_routes(publisher, drain)
    admin = admin_routes(metrics, limits, registry=registry_url is None)
    by_port = ByPort(
        ByPlace(places, _guarded(health, limits, lifespan)),
        _guarded([*health, *admin], limits),
        admin_port,
    )
    return ClosesWhileDraining(by_port, drain)


def create_registry_app(limits: Limits) -> ASGIApp:
    """Returns an application with only the schemas, for who needs them without a receiver."""
    return _guarded(registry_routes(limits), limits)


class ByPlace:
    """Passes requests to the application of their place, which is the path without its last part.

    All others go to Starlette, whose layers would take a sixth of the time of each POST.
    """

    def __init__(self, places: Mapping[str, ASGIApp], other: ASGIApp) -> None:
        self._places, self._other = places, other

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._other
        if scope["type"] == "http":
            place, _, name = scope["path"].rpartition("/")
            if name:
                app = self._places.get(place, app)
        await app(scope, receive, send)


def _guarded(
    routes: Sequence[Route], limits: Limits, lifespan: Lifespan[Starlette] | None = None
) -> Starlette:
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, limits.retry_after_seconds)],
        exception_handlers={HTTPException: _no_route},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


async def _no_route(_: Request, error: Exception) -> Response:
    """The answer to a path (404) or method (405) that has no route."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        refusal = method_not_allowed(error.headers)
    else:
        refusal = Refusal(
            error.status_code,
            "not_found",
            "post webhooks to /webhooks/SOURCE, and sends to /sends/SOURCE",
        )
    return refusal.response()
