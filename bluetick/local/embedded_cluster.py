"""The embedded broker of a stack over time: one that ends or grows too large is replaced.

Each is a new cluster that begins empty, so its clients are ended before and started after.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from bluetick.local.broker import BrokerError, EmbeddedBroker
from bluetick.local.progress import Progress
from bluetick.local.progress_total import Tally
from bluetick.local.restart_pauses import Pauses
from bluetick.local.supervisor import Supervisor, manner

MEGABYTE = 1024 * 1024
# What the broker holds lands in a second or two. After so long people should know.
PATIENCE_SECONDS = 30.0
# Killed, its clients lose nothing; asked to end, they may wait for a broker that is gone.
KILL_SECONDS = 1.0
WARNING, ALARM = "yellow", "red"


class Cluster:
    """A running embedded broker, whichever it is by now; `tend` and `relieve` keep it so.

    They end and start the parts `receiver` and `consumer`. `say` tells people something in a
    style, which is WARNING or ALARM.
    """

    def __init__(
        self,
        port: int,
        *,
        megabytes: int,
        parts: Supervisor,
        tally: Tally,
        say: Callable[[str, str], None],
    ) -> None:
        """Starts a broker; one that takes more than `megabytes` is replaced. BrokerError."""
        self._port = port
        self._megabytes = megabytes
        self._parts = parts
        self._tally = tally
        self._say = say
        self._pauses = Pauses()
        self._refusing: float | None = None  # since when
        self._overdue = False
        self._broker = EmbeddedBroker(port)
        self._mourned: EmbeddedBroker | None = None

    @property
    def running(self) -> bool:
        return self._broker.running()

    def tend(self) -> None:
        """Has a broker that has ended by itself replaced after a pause."""
        if self.running:
            return
        if not self._pauses.waiting:
            self.mourn()
            pause = self._pauses.begin()
            self._say(f"Starting another embedded broker in {pause:.0f} s.", WARNING)
        elif self._pauses.over:
            self._replace()

    def mourn(self) -> None:
        """Says that the broker has ended by itself, and what is lost; once of each."""
        if self._mourned is self._broker:
            return
        self._mourned = self._broker
        self._say(
            f"The embedded broker ended ({manner(self._broker.exit_code)}). {self._tally.loss()}",
            ALARM,
        )

    def relieve(self, found: Progress | None) -> None:
        """Replaces a broker that has grown too large, without losing anything.

        It frees nothing by itself. So webhooks are refused, which providers send again, until
        all that was received has landed. Call it again and again, with the progress since the
        call before.
        """
        if not self.running:
            return
        if self._refusing is None:
            held = self._broker.resident()
            if held is not None and held > self._megabytes * MEGABYTE:
                self._refusing = time.monotonic()
                self._parts.end("receiver")
        elif found and not found.waiting and self._settled():
            self._replace()
        elif not self._overdue and time.monotonic() - self._refusing > PATIENCE_SECONDS:
            self._overdue = True
            self._say(
                f"Webhooks are refused: the embedded broker takes more than {self._megabytes} MB "
                "of memory, and not all it holds has landed yet.",
                WARNING,
            )

    def stop(self) -> None:
        """Ends the broker, at once."""
        self._broker.stop()

    def _settled(self) -> bool:
        """Ends the consumer; whether all has landed even so. Else it goes on."""
        self._parts.end("consumer")
        found = self._tally.read()
        if found and not found.waiting:
            return True
        self._parts.resume("consumer")  # somebody else, such as a replay, has published meanwhile
        return False

    def _replace(self) -> None:
        self._parts.end("receiver", KILL_SECONDS)
        self._parts.end("consumer", KILL_SECONDS)
        self._broker.stop()
        try:
            self._broker = EmbeddedBroker(self._port)
        except BrokerError as error:
            pause = self._pauses.begin()
            self._say(f"{error}. Trying again in {pause:.0f} s.", ALARM)
            return
        self._pauses.end()
        self._tally.turn_over()
        self._parts.resume("receiver")
        self._parts.resume("consumer")
        self._tell()

    def _tell(self) -> None:
        if self._refusing is None:
            self._say("Another embedded broker has started; it begins empty.", WARNING)
            return
        self._say(
            f"The embedded broker took more than {self._megabytes} MB of memory: all it held has "
            "landed, and an empty one has taken its place. Webhooks were refused for "
            f"{time.monotonic() - self._refusing:.0f} s.",
            WARNING,
        )
        self._refusing, self._overdue = None, False
