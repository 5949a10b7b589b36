"""The public keys of SNS: of certificates in the configuration, or fetched from AWS and kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from producer.fetching import Unreachable, fetch

KEPT = 8
# Strangers can name certificates that do not exist. They must not make this process ask all day.
PAUSE_SECONDS = 10.0


@lru_cache(maxsize=32)
def certificate(pem: bytes) -> x509.Certificate | None:
    """The certificate in this text; None if there is none that is valid."""
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError:
        return None


def key_at(found: x509.Certificate | None, at: float) -> RSAPublicKey | None:
    """The RSA key of a certificate that is valid at this time, in seconds since 1970."""
    if found is None:
        return None
    now, key = datetime.fromtimestamp(at, UTC), found.public_key()
    valid = found.not_valid_before_utc <= now <= found.not_valid_after_utc
    return key if valid and isinstance(key, RSAPublicKey) else None


class FetchedCertificates:
    """Certificates by their address. Fetches one at a time, and seldom; safe for threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._found: dict[str, x509.Certificate] = {}
        self._next = 0.0

    def at(self, url: str) -> x509.Certificate:
        """The certificate at a checked address. Raises Unreachable if it cannot be had now."""
        with self._lock:
            if url not in self._found:
                self._keep(url, self._fetched(url))
            return self._found[url]

    def _fetched(self, url: str) -> x509.Certificate:
        now = self._clock()
        if now < self._next:
            raise Unreachable
        self._next = now + PAUSE_SECONDS
        found = certificate(fetch(url))
        if found is None:
            raise Unreachable
        self._next = now  # a certificate that exists needs no pause
        return found

    def _keep(self, url: str, found: x509.Certificate) -> None:
        while len(self._found) >= KEPT:
            del self._found[next(iter(self._found))]
        self._found[url] = found
