"""The providers: simulated traffic at a steady rate, in its own process.

`python -m tests.soak.load URL RATE FOLDER` posts until SIGTERM. It writes every event to
FOLDER/ledger.csv and, at each tick, its counts to FOLDER/load.json.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import random
import signal
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from bluetick.simulator.delivery_audit import Ledger
from bluetick.simulator.payloads import NUMBERS, Item
from bluetick.simulator.poster import Poster
from bluetick.simulator.traffic import MESSAGES, Update, batches, body, happening
from settings.sources import Source

# The source that `bluetick up` serves without configuration.
SOURCE = Source(name="local", auth="none")
BATCH = 50
TICK_SECONDS = 0.25
# People read and answer sooner by this factor, so that a short run has all kinds of events.
PACE = 0.02
# Seconds of traffic before the start: without it, there would be few events at first.
BEFORE_SECONDS = 180.0
REPEATED = 0.03  # of the bodies are posted twice, as providers do
DELETED = 0.05  # of the customers' messages are deleted by them some seconds later
DELETED_SECONDS = (1.0, 20.0)
# The most POSTs at the same time: a receiver that is too slow gets no more until it answers.
MOST_WAITING = 64
CONNECTIONS = 8
GIVE_UP_SECONDS = 30.0
COUNTS, LEDGER = "load.json", "ledger.csv"


@dataclass(slots=True)
class Counts:
    """Counts so far: posted and acknowledged events, without repetitions; POSTs; and seconds
    without posting, because too many POSTs waited for an answer."""

    events: int = 0
    acknowledged: int = 0
    posts: int = 0
    held_back: float = 0.0
    deletions: int = 0


class Traffic:
    """The simulated events in order of time; each once, `rate` events per second in total."""

    def __init__(self, rate: float, seed: object) -> None:
        self._rate = rate
        self._chance = random.Random(f"soak {seed}")
        self._order = itertools.count()
        self._due: list[tuple[float, int, Update]] = []
        self._made = 0
        self._began = 0.0
        self.deletions = 0

    def until(self, now: float) -> list[Update]:
        """The events up to `now` (seconds) that were not returned before."""
        if not self._began:
            self._began = now - BEFORE_SECONDS
            self._until(now)  # events before the start are not part of the run
        return self._until(now)

    def _until(self, now: float) -> list[Update]:
        while (at := self._began + self._made / self._rate) <= now:
            number = self._chance.choice(NUMBERS)
            for update in happening(self._chance, number, int(at), pace=PACE):
                self._add(update)
                for message in update.value.get("messages", ()):
                    self._perhaps_delete(update, message)
        ready = []
        while self._due and self._due[0][0] <= now:
            ready.append(heapq.heappop(self._due)[2])
        return ready

    def skip(self, now: float) -> None:
        """Skips the events since the last call; they are not posted later."""
        self._began = max(self._began, now - self._made / self._rate)

    def _add(self, update: Update) -> None:
        heapq.heappush(self._due, (update.at, next(self._order), update))
        self._made += 1

    def _perhaps_delete(self, update: Update, message: Item) -> None:
        if self._chance.random() >= DELETED:
            return
        self.deletions += 1
        at = update.at + self._chance.uniform(*DELETED_SECONDS)
        revoke = {
            "from": message["from"],
            "id": f"{message['id']}.revoke",
            "timestamp": str(int(at)),
            "type": "revoke",
            "revoke": {"original_message_id": message["id"]},
        }
        value = {"contacts": update.value["contacts"], "messages": [revoke]}
        self._add(Update(at, update.number, MESSAGES, value))


@dataclass
class Load:
    """Posts the traffic, and writes the ledger and the counts."""

    url: str
    rate: float
    folder: Path
    counts: Counts = field(default_factory=Counts)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Posts until SIGTERM or SIGINT; then waits for the answers, for a limited time."""
        self._poster = Poster(self.url, connections=CONNECTIONS)
        self._chance = random.Random(time.time_ns())
        traffic = Traffic(self.rate, time.time_ns())
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        with Ledger(self.folder / LEDGER) as self._ledger:
            try:
                while not stop.is_set():
                    self._tick(traffic)
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), TICK_SECONDS)
                loop.call_later(GIVE_UP_SECONDS, self._poster.give_up)
                await asyncio.gather(*self._tasks)
            finally:
                await self._poster.close()
                self._tell(traffic)

    def _tick(self, traffic: Traffic) -> None:
        for task in [task for task in self._tasks if task.done()]:
            self._tasks.remove(task)
            task.result()  # raises what it raised
        if len(self._tasks) < MOST_WAITING:
            for batch in batches(traffic.until(time.time()), BATCH):
                self._tasks.add(asyncio.create_task(self._post(batch)))
        else:
            traffic.skip(time.time())
            self.counts.held_back += TICK_SECONDS
        self._tell(traffic)

    async def _post(self, batch: list[Update]) -> None:
        content = body(batch)
        self.counts.events += len(batch)
        for repeated in range(1 + (self._chance.random() < REPEATED)):
            self.counts.posts += 1
            acknowledged = await self._poster.post(SOURCE, content)
            self.counts.acknowledged += len(batch) * (acknowledged and not repeated)
            self._ledger.enter(SOURCE, content, acknowledged=acknowledged)

    def _tell(self, traffic: Traffic) -> None:
        self.counts.deletions = traffic.deletions
        draft = (self.folder / COUNTS).with_suffix(".new")
        draft.write_bytes(orjson.dumps(asdict(self.counts)))
        draft.rename(self.folder / COUNTS)


if __name__ == "__main__":
    asyncio.run(Load(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3])).run())
