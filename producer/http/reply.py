"""The answer to a POST whose records the broker has acknowledged."""

from __future__ import annotations

from starlette.responses import Response

from settings.sources import Source

# One provider parses the answer and repeats the POST unless it has exactly these strings.
STATUS_JSON = b'{"statusCode":"200","statusMessage":"OK"}'


# Made once, since nothing in an answer is about one POST.
_EMPTY = Response(status_code=200)
_STATUS = Response(STATUS_JSON, media_type="application/json")


def success(source: Source) -> Response:
    """A 200 in the form that the source's provider expects."""
    return _STATUS if source.reply == "status-json" else _EMPTY
