"""Posts bodies to a webhook source as a provider does: authenticated, and again after a 503."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import random
from base64 import b64encode

import httpx

from settings.sources import Source

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 15.0
TIMEOUT = 15.0
# A real provider repeats these POSTs too, but they cannot succeed: the settings are wrong.
REFUSED = frozenset({400, 401, 403, 404, 405, 413, 415})


class PostRefused(Exception):
    """The receiver refused a POST in a way that repeating cannot change; the message says why."""


def headers(source: Source, body: bytes) -> dict[str, str]:
    """The headers that authenticate `body` as sent by the source's provider."""
    own = {"Content-Type": "application/json"}
    if source.auth == "hmac":
        digest = hmac.new(source.app_secrets[0].encode(), body, hashlib.sha256).hexdigest()
        own["X-Hub-Signature-256"] = f"sha256={digest}"
    elif source.auth == "basic":
        pair = f"{source.username}:{source.password}".encode()
        own["Authorization"] = f"Basic {b64encode(pair).decode()}"
    elif source.auth == "header":
        own[str(source.header)] = str(source.token)
    return own


class Poster:
    """Posts to one receiver. `url` is its root, such as http://127.0.0.1:8000."""

    def __init__(self, url: str, *, connections: int = 4) -> None:
        self._url = url.rstrip("/")
        self._client = httpx.AsyncClient(timeout=TIMEOUT, trust_env=False)
        self._slots = asyncio.Semaphore(connections)
        self._given_up = asyncio.Event()

    async def reachable(self) -> bool:
        """Whether a receiver answers at the URL."""
        try:
            await self._client.get(f"{self._url}/healthz")
        except httpx.TransportError:
            return False
        return True

    async def post(self, source: Source, body: bytes) -> bool:
        """Posts until the body is acknowledged; False after `give_up`. Raises PostRefused."""
        async with self._slots:
            pause = FIRST_PAUSE
            while not self._given_up.is_set():
                answer = await self._attempt(source, body)
                if answer is not None and answer.status_code == 200:
                    return True
                if answer is not None and answer.status_code in REFUSED:
                    raise PostRefused(
                        f"{self._url}/webhooks/{source.name} answered {answer.status_code}: "
                        f"{answer.text[:200]}"
                    )
                await self._pause(answer, pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        return False

    def give_up(self) -> None:
        """Ends all waits for another attempt."""
        self._given_up.set()

    async def close(self) -> None:
        await self._client.aclose()

    async def _attempt(self, source: Source, body: bytes) -> httpx.Response | None:
        url = f"{self._url}/webhooks/{source.name}"
        try:
            return await self._client.post(url, content=body, headers=headers(source, body))
        except httpx.TransportError:  # refused, reset or timed out: not acknowledged
            return None

    async def _pause(self, answer: httpx.Response | None, pause: float) -> None:
        wished = answer.headers.get("Retry-After", "") if answer is not None else ""
        seconds = float(wished) if wished.isdigit() else pause
        seconds = min(seconds, LONGEST_PAUSE) * random.uniform(0.8, 1.2)
        try:
            await asyncio.wait_for(self._given_up.wait(), seconds)
        except TimeoutError:
            return
