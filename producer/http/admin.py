"""The paths of the admin port: metrics, the schemas as a registry, and the checks of health."""

from __future__ import annotations

import orjson
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from producer.http.drain import Drain
from producer.http.schema_registry import registry_routes
from producer.kafka.publisher import Publisher
from producer.metrics import Metrics
from settings.limits import Limits


class ByPort:
    """Passes requests that came in through the admin port to one application, others to another."""

    def __init__(self, public: ASGIApp, admin: ASGIApp, admin_port: int) -> None:
        self._public, self._admin, self._port = public, admin, admin_port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The server's own port of the connection; a request cannot choose it.
        own = scope["type"] == "http" and scope["server"][1] == self._port
        await (self._admin if own else self._public)(scope, receive, send)


def health_routes(publisher: Publisher, drain: Drain) -> list[Route]:
    """`/healthz` (the process runs) and `/readyz` (the broker answers, and it is not ending)."""

    async def healthz(_: Request) -> Response:
        return _json({"alive": True})

    async def readyz(_: Request) -> Response:
        trouble = "the receiver ends" if drain.begun else publisher.trouble
        if trouble is None:
            return _json({"ready": True})
        return _json({"ready": False, "reason": trouble}, 503)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


def admin_routes(metrics: Metrics, limits: Limits, *, registry: bool) -> list[Route]:
    """The metrics; with `registry`, also the schemas."""

    async def scrape(_: Request) -> Response:
        return Response(metrics.scrape(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [
        Route("/metrics", scrape),
        *(registry_routes(limits) if registry else []),
    ]


def _json(content: object, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status_code=status, media_type="application/json")
