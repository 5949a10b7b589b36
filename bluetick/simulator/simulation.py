"""Posts simulated traffic to a running receiver: first past days at once, then live traffic."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from bluetick.simulator.delivery_audit import Ledger
from bluetick.simulator.incidents import DAY, HOUR, ongoing_since
from bluetick.simulator.payloads import NUMBERS
from bluetick.simulator.poster import Poster, PostRefused
from bluetick.simulator.traffic import Update, announced, batches, body, happening, history, rhythm
from settings.dialects import AUTO, CANONICAL
from settings.errors import BluetickError
from settings.sources import Config, Source

# Providers put many updates into a POST when they have many.
BACKFILL_BATCH = 300
LIVE_BATCH = 50
TICK_SECONDS = 0.25
REPEATED = 0.03
# Messages in a week: enough that there is a webhook every minute at night, too.
WEEKLY = 40_000
# With a rate, a day passes in this many seconds, and people read and answer this much sooner.
DAY_SECONDS = 240.0
LIVE_PACE = 0.02
GRACE_SECONDS = 10.0
ABANDON_SECONDS = 5.0


class NotSimulated(BluetickError):
    """No traffic can be posted; the message says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to post, and to which receiver.

    `days` of past traffic, with `weekly` messages in a week; then the same traffic live or, with a
    `rate`, so many messages per second, for `seconds` (None: until stopped). `ledger` is a file for
    the ids of the posted events.
    """

    url: str
    config: Config
    sources: tuple[str, ...] = ()
    days: int = 7
    weekly: int = WEEKLY
    rate: float | None = None
    seconds: float | None = None
    seed: int = 1
    ledger: Path | None = None


@dataclass(slots=True)
class PostCounts:
    """The number of POSTs so far."""

    posted: int = 0
    acknowledged: int = 0


def targets(config: Config, names: tuple[str, ...]) -> list[Source]:
    """The sources to post to: the named ones, or all. Raises NotSimulated."""
    fitting = {
        name: source
        for name, source in config.sources.items()
        if source.dialect in (AUTO, CANONICAL)
    }
    chosen = [fitting[name] for name in names or fitting if name in fitting]
    if not chosen or len(chosen) < len(names):
        known = ", ".join(fitting) or "none is configured"
        raise NotSimulated(f"sources that accept the Cloud API's payloads: {known}")
    return chosen


def run(plan: Plan, console: Console) -> int:
    """Posts until SIGINT, SIGTERM or `plan.seconds`. Returns the exit code."""
    with contextlib.ExitStack() as stack:
        ledger = stack.enter_context(Ledger(plan.ledger)) if plan.ledger else None
        try:
            counts = asyncio.run(Simulation(plan, ledger, console).run())
        except (NotSimulated, PostRefused) as error:
            console.print(f"bluetick simulate: {error}", style="red")
            return 1
    console.print(f"posted {counts.posted} bodies, {counts.acknowledged} acknowledged")
    return 0


@dataclass
class Simulation:
    """One run of the simulator."""

    plan: Plan
    ledger: Ledger | None
    console: Console
    counts: PostCounts = field(default_factory=PostCounts)

    async def run(self) -> PostCounts:
        """Posts past traffic, then live traffic, until it is stopped.

        Raises NotSimulated and PostRefused.
        """
        sources = targets(self.plan.config, self.plan.sources)
        self._source_of = {
            number.name: source
            for number, source in zip(NUMBERS, itertools.cycle(sources), strict=False)
        }
        # Message ids of a fast live part must differ from run to run, so its seed holds the time.
        self._rng = random.Random(f"{self.plan.seed} {time.time_ns()}")
        self._poster = Poster(self.plan.url)
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._end)
        if self.plan.seconds is not None:
            loop.call_later(self.plan.seconds, self._end)
        try:
            if not await self._poster.reachable():
                raise NotSimulated(
                    f"no receiver answers at {self.plan.url}: start `bluetick up` first, "
                    "or name the receiver with --url"
                )
            now = int(time.time())
            coming = await self._backfill(now)
            if self.plan.rate is None:
                await self._live(coming, self._on_from(now))
            else:
                await self._live(coming, self._fast(self.plan.rate, now))
        finally:
            await self._abandon()
            await self._poster.close()
        return self.counts

    def _end(self) -> None:
        """Starts no more POSTs, and waits for running ones for up to GRACE_SECONDS."""
        self._stop.set()
        asyncio.get_running_loop().call_later(GRACE_SECONDS, self._poster.give_up)

    async def _abandon(self) -> None:
        """Ends the POSTs that are still running after an error or at the end."""
        if not self._tasks:
            return
        # A POST that is cancelled while it connects leaves its socket open: first let it end.
        self._poster.give_up()
        _, left = await asyncio.wait(self._tasks, timeout=ABANDON_SECONDS)
        for task in left:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, batch: list[Update]) -> None:
        """Starts to post a batch; does not wait for it."""
        self._tasks.add(asyncio.create_task(self._post(batch)))

    async def _reap(self, done: set[asyncio.Task[None]]) -> None:
        """Removes finished POSTs from the list, and raises the error of one that failed."""
        self._tasks -= done
        await asyncio.gather(*done)

    def _hours(self, begin: int, hours: int) -> list[Update]:
        """The traffic of these full hours, of all numbers."""
        weekly, seed = self.plan.weekly // len(NUMBERS), self.plan.seed
        return [
            update
            for number in NUMBERS
            for update in history(number, begin, hours, weekly=weekly, seed=seed)
        ]

    async def _backfill(self, now: int) -> list[Update]:
        """Posts the traffic of past days. Returns its updates that are still in the future.

        The last day comes first, because the dashboard shows it first.
        """
        if not self.plan.days and self.plan.rate is not None:
            return []
        hours = self.plan.days * DAY // HOUR
        updates = self._hours(now - hours * HOUR, hours + 1)
        day = [one for one in updates if now - DAY < one.at <= now and hours]
        before = [one for one in updates if one.at <= now - DAY]
        past = [*batches(day, BACKFILL_BATCH), *batches(before, BACKFILL_BATCH)]
        with Progress(console=self.console, disable=not self.console.is_terminal) as progress:
            bar = progress.add_task("past days", total=len(past))
            for batch in past:
                if self._stop.is_set():
                    break
                self._begin(batch)
                if len(self._tasks) >= 4:
                    done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
                    await self._reap(done)
                    progress.advance(bar, len(done))
            left = len(self._tasks)
            await self._reap(set(self._tasks))
            progress.advance(bar, left)
        return [one for one in updates if one.at > now]

    async def _live(self, coming: list[Update], further: Iterator[list[Update]]) -> None:
        """Posts each update when its time comes: those of `coming`, and the next ones of `further`
        at each tick."""
        order = itertools.count()
        due = [(one.at, next(order), one) for one in coming]
        heapq.heapify(due)
        while not self._stop.is_set():
            for one in next(further):
                heapq.heappush(due, (one.at, next(order), one))
            now = time.time()
            ready = []
            while due and due[0][0] <= now:
                ready.append(heapq.heappop(due)[2])
            for batch in batches(ready, LIVE_BATCH):
                self._begin(batch)
            await self._reap({task for task in self._tasks if task.done()})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), TICK_SECONDS)
        await asyncio.gather(*self._tasks)

    def _on_from(self, now: int) -> Iterator[list[Update]]:
        """The traffic of the hours after the one of `now`, each when it begins."""
        hour = now // HOUR
        while True:
            if time.time() // HOUR > hour:
                hour += 1
                yield self._hours(hour * HOUR, 1)
            else:
                yield []

    def _fast(self, rate: float, since: int) -> Iterator[list[Update]]:
        """`rate` messages per second, with the busy and quiet hours of a day in DAY_SECONDS.

        Incidents have their real length, and come with what the platform says about them. Past days
        up to `since` have said it until the end of that hour.
        """
        said = since - since % HOUR + HOUR if self.plan.days else ongoing_since(since)
        last = time.time()
        while True:
            now = time.time()
            expected = (now - last) * rate * rhythm(now % DAY_SECONDS / DAY_SECONDS * 24)
            last = now
            until = max(said, int(now) + 1)
            news = [one for number in NUMBERS for one in announced(number, said, until)]
            said = until
            yield news + [
                one
                for _ in range(int(expected) + (self._rng.random() < expected % 1))
                for one in happening(self._rng, self._rng.choice(NUMBERS), int(now), pace=LIVE_PACE)
            ]

    async def _post(self, batch: list[Update]) -> None:
        """Posts one body, and sometimes repeats it, as providers do."""
        source = self._source_of[batch[0].number.name]
        content = body(batch)
        for _ in range(1 + (self._rng.random() < REPEATED)):
            self.counts.posted += 1
            acknowledged = await self._poster.post(source, content)
            self.counts.acknowledged += acknowledged
            if self.ledger:
                self.ledger.enter(source, content, acknowledged=acknowledged)
