"""The receiver as an ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from producer.http.errors import Refusal
from producer.http.middleware import Guard
from producer.http.schema_registry import registry_routes
from producer.http.webhooks import Webhooks
from producer.kafka.publisher import Publisher
from producer.metrics import Metrics
from settings.limits import Limits
from settings.sources import Config


def create_app(
    config: Config, *, bootstrap: str, registry_url: str | None = None, limits: Limits | None = None
) -> Starlette:
    """Returns the application, which connects to Kafka when its lifespan starts.

    `bootstrap` is Kafka's address. Without `registry_url`, the application also serves the
    schemas as a registry. Default limits apply if `limits` is None.
    """
    limits = limits or Limits()
    metrics = Metrics()
    publisher = Publisher(bootstrap, registry_url, limits, metrics)
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

    async def healthz(_: Request) -> Response:
        return _json({"alive": True})

    async def readyz(_: Request) -> Response:
        if publisher.trouble is None:
            return _json({"ready": True})
        return _json({"ready": False, "reason": publisher.trouble}, 503)

    async def scrape(_: Request) -> Response:
        return Response(metrics.scrape(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = Starlette(
        routes=[
            Route("/webhooks/{source}", webhooks.serve, methods=["GET", "POST"]),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", scrape),
            *([] if registry_url else registry_routes(limits)),
        ],
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
        refusal = Refusal(
            405, "method_not_allowed", "this path does not support this method", error.headers
        )
    else:
        refusal = Refusal(error.status_code, "not_found", "post webhooks to /webhooks/SOURCE")
    return refusal.response()


def _json(content: object, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status_code=status, media_type="application/json")
