"""Gets a small document by HTTPS from an address that a provider's file has checked."""

from __future__ import annotations

SECONDS = 5.0
MAX_BYTES = 64 * 1024
# When a POST that needs a document which cannot be fetched is to be repeated.
RETRY_AFTER_SECONDS = 10


class Unreachable(Exception):
    """The document could not be fetched: the POST that needs it must be repeated."""


def fetch(url: str) -> bytes:
    """The body of a successful answer, at most MAX_BYTES of it. Blocks. Raises Unreachable.

    Follows no redirects. Certificates are checked, and HTTPS_PROXY and SSL_CERT_FILE are used.
    """
    # Its import takes a quarter of the receiver's start, and few providers need a document.
    import httpx

    found = b""
    try:
        with (
            httpx.Client(timeout=SECONDS, follow_redirects=False) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code != 200:
                raise Unreachable
            for part in answer.iter_bytes():
                found += part
                if len(found) > MAX_BYTES:
                    raise Unreachable
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise Unreachable from error
    return found
