"""Error answers: an HTTP status, a code for programs and a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.responses import Response


class Refusal(Exception):
    """Ends a request with an error answer. Code and message never contain personal data."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers

    def response(self) -> Response:
        return Response(
            error_body(self.code, self.message),
            status_code=self.status,
            headers=dict(self.headers or {}),
            media_type="application/json",
        )


def error_body(code: str, message: str) -> bytes:
    """The JSON body of an error answer."""
    return orjson.dumps({"error": {"code": code, "message": message}})


def unavailable(code: str, message: str, retry_after: int) -> Refusal:
    """A 503: the request is valid, and the sender must repeat it after `retry_after` seconds."""
    return Refusal(503, code, message, {"Retry-After": str(retry_after)})


def method_not_allowed(headers: Mapping[str, str] | None) -> Refusal:
    """A 405; the headers say which methods the path supports."""
    return Refusal(405, "method_not_allowed", "this path does not support this method", headers)
