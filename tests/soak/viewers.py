"""Viewers of the dashboard: real Streamlit sessions without a browser.

`python -m tests.soak.viewers URL COUNT COUNTS.json` keeps COUNT sessions open, and opens and closes
one more. Ends at SIGTERM and writes its counts to the file.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

PAGES = (
    "", "delivery", "failures", "campaigns", "countries", "conversations", "pricing", "inbound",
    "events", "pipeline",
)  # fmt: skip
RANGES = ("Last+hour", "24+hours", "7+days")
# Seconds of the session that is opened and closed repeatedly.
VISIT_SECONDS = 30.0
AGAIN_SECONDS = 2.0
TELL_SECONDS = 10.0


@dataclass
class Viewer:
    """One session: a page with a range, which is refreshed as in a browser."""

    url: str
    page: str
    range: str
    counts: Counter[str]
    _socket: ClientConnection | None = None
    _hash: str = ""
    _due: dict[str, tuple[float, float]] = field(default_factory=dict)  # next moment, interval

    async def look(self) -> None:
        """Stays until cancelled. Raises OSError or WebSocketException if the server ends."""
        self._hash = ""
        self._due.clear()
        address = f"{self.url.replace('http', 'ws', 1)}/_stcore/stream"
        # A slow machine may answer late: this is not a reason to leave.
        opening = connect(address, max_size=None, proxy=None, open_timeout=60, ping_interval=None)
        async with opening as self._socket:
            self.counts["opened"] += 1
            await self._run()
            while True:
                soonest = min((at for at, _ in self._due.values()), default=None)
                pause = None if soonest is None else max(0.0, soonest - time.monotonic())
                try:
                    async with asyncio.timeout(pause):
                        data = await self._socket.recv()
                    self._take(ForwardMsg.FromString(bytes(data)))  # type: ignore[arg-type]
                except TimeoutError:
                    await self._refresh()

    async def _run(self, fragment: str | None = None) -> None:
        """Requests the page or a fragment of it, as the page's own script does."""
        asked = BackMsg()
        state = asked.rerun_script
        state.query_string = f"range={self.range}"
        state.page_name = self.page
        state.page_script_hash = self._hash
        if fragment:
            state.fragment_id = fragment
            state.is_auto_rerun = True
        assert self._socket is not None
        await self._socket.send(asked.SerializeToString())

    async def _refresh(self) -> None:
        now = time.monotonic()
        for fragment, (at, interval) in list(self._due.items()):
            if at <= now:
                self._due[fragment] = (now + interval, interval)
                await self._run(fragment)

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "parent_message":
            for part in message.parent_message.messages:
                self._take(part)
        elif kind == "new_session":
            self._hash = message.new_session.page_script_hash
            if not message.metadata.run.fragment_ids:  # the whole page was run again
                self._due.clear()
        elif kind == "auto_rerun":
            interval = message.auto_rerun.interval
            self._due[message.auto_rerun.fragment_id] = (time.monotonic() + interval, interval)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._due.pop(fragment, None)
        elif kind == "script_finished":
            self.counts[ForwardMsg.ScriptFinishedStatus.Name(message.script_finished)] += 1
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element.WhichOneof("type")
            self.counts["exceptions"] += element == "exception"


async def keep(viewer: Viewer) -> None:
    """Opens the page, and opens it again each time the connection is lost."""
    while True:
        try:
            await viewer.look()
        except (OSError, WebSocketException, TimeoutError):
            viewer.counts["lost"] += 1
            await asyncio.sleep(AGAIN_SECONDS)


async def come_and_go(viewer: Viewer) -> None:
    """Opens a new session each time."""
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(VISIT_SECONDS):
                await keep(viewer)
        await asyncio.sleep(AGAIN_SECONDS)


def _tell(counts: Counter[str], file: Path) -> None:
    file.write_bytes(orjson.dumps(counts))


async def watch(url: str, count: int, file: Path) -> None:
    """Runs all viewers until SIGTERM or SIGINT."""
    counts: Counter[str] = Counter()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    people = [
        Viewer(url, PAGES[n % len(PAGES)], RANGES[n % len(RANGES)], counts)
        for n in range(count + 1)
    ]
    tasks: list[asyncio.Task[object]] = [asyncio.create_task(keep(one)) for one in people[:-1]]
    tasks.append(asyncio.create_task(come_and_go(people[-1])))
    tasks.append(asyncio.create_task(stop.wait()))
    while not any(task.done() for task in tasks):
        await asyncio.wait(tasks, timeout=TELL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        _tell(counts, file)
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):  # not expected, so it is not hidden
            raise result


if __name__ == "__main__":
    asyncio.run(watch(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
