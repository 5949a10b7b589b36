"""Posts as several impatient providers do: again and again until a receiver answers with 200."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter

import httpx

from tests.chaos.traffic import Post, Traffic

ATTEMPT_SECONDS = 6.0
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 1.5


class Load:
    """The providers, in their own thread, and the ids that they sent and got acknowledged.

    `rate` is the most events per second, of all providers together.
    """

    def __init__(self, url: str, seed: int, *, providers: int, rate: float) -> None:
        self.sent: set[bytes] = set()
        self.acknowledged: set[bytes] = set()
        self.posts = 0
        self.answers: Counter[str] = Counter()  # status codes, and names of broken attempts
        self._url = url
        self._traffic = Traffic(seed)
        self._providers = providers
        self._rate = rate
        self._turn = 0.0
        self._finishing = threading.Event()
        self._abandoned = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def start(self) -> None:
        self._turn = time.monotonic()
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether every started post is acknowledged or was given up."""
        return not self._thread.is_alive()

    def finish(self) -> None:
        """Starts no new posts; running ones continue until they are acknowledged."""
        self._finishing.set()

    def give_up(self) -> None:
        """Ends posts that are not acknowledged, and waits until the providers have ended."""
        self._finishing.set()
        self._abandoned.set()
        if self._thread.is_alive():
            self._thread.join(ATTEMPT_SECONDS + 2 * LONGEST_PAUSE)

    async def _run(self) -> None:
        limits = httpx.Limits(max_connections=self._providers)
        async with httpx.AsyncClient(
            timeout=ATTEMPT_SECONDS, limits=limits, trust_env=False
        ) as client:
            await asyncio.gather(*(self._provide(client) for _ in range(self._providers)))

    async def _provide(self, client: httpx.AsyncClient) -> None:
        while not self._finishing.is_set():
            post = self._traffic.next_post()
            # Each post reserves the time that its events take at this rate.
            now = time.monotonic()
            self._turn = max(self._turn, now - 1.0) + len(post.events) / self._rate
            await asyncio.sleep(max(0.0, self._turn - now))
            self.posts += 1
            self.sent |= post.events
            if await self._persist(client, post):
                self.acknowledged |= post.events

    async def _persist(self, client: httpx.AsyncClient, post: Post) -> bool:
        pause = FIRST_PAUSE
        while not self._abandoned.is_set():
            if await self._attempt(client, post):
                return True
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(pause * 2, LONGEST_PAUSE)
        return False

    async def _attempt(self, client: httpx.AsyncClient, post: Post) -> bool:
        try:
            answer = await client.post(
                f"{self._url}/webhooks/{post.source}", content=post.body, headers=post.headers
            )
        except httpx.TransportError as error:
            self.answers[type(error).__name__] += 1
            return False
        self.answers[str(answer.status_code)] += 1
        return answer.status_code == 200
