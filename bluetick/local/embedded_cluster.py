"""Replaces an embedded broker that ends or that uses too much memory.

Each broker is a new, empty cluster, so its clients are stopped before and started after.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from bluetick.local.broker import BrokerError, EmbeddedBroker
from bluetick.local.kept_events import KeptEvents
from bluetick.local.progress import Progress
from bluetick.local.progress_total import Tally
from bluetick.local.restart_pauses import Pauses
from bluetick.local.supervisor import Supervisor, manner

MEGABYTE = 1024 * 1024
# Events in the broker land within seconds. If they have not after this time, say so.
PATIENCE_SECONDS = 30.0
# Clients lose nothing if they are killed; otherwise they may wait for a broker that is gone.
KILL_SECONDS = 1.0
WARNING, ALARM = "yellow", "red"


class EmbeddedCluster:
    """The current embedded broker. `tend` and `relieve` replace it if necessary.

    They stop and start the parts `receiver` and `consumer`. `say(text, style)` prints a text;
    the style is WARNING or ALARM.
    """

    def __init__(
        self,
        port: int,
        *,
        megabytes: int,
        parts: Supervisor,
        tally: Tally,
        say: Callable[[str, str], None],
        kept: KeptEvents | None = None,
    ) -> None:
        """Start a broker, to be replaced above `megabytes`.

        Publishes what is `kept` to each new broker; without, what has not landed is lost with a
        broker. Raises BrokerError.
        """
        self._port = port
        self._megabytes = megabytes
        self._parts = parts
        self._tally = tally
        self._say = say
        self._pauses = Pauses()
        self._refusing: float | None = None  # since when
        self._overdue = False
        self._kept = kept
        self._broker = self._start()
        self._reported: EmbeddedBroker | None = None  # whose end was printed

    @property
    def running(self) -> bool:
        return self._broker.running()

    def tend(self) -> None:
        """Replace a broker that has ended by itself, after a pause."""
        if self.running:
            return
        if not self._pauses.waiting:
            self.report_end()
            pause = self._pauses.begin()
            self._say(f"Starting another embedded broker in {pause:.0f} s.", WARNING)
        elif self._pauses.over:
            self._replace()

    def report_end(self) -> None:
        """Print that the broker has ended by itself, and what is lost; once per broker."""
        if self._reported is self._broker:
            return
        self._reported = self._broker
        self._say(
            f"The embedded broker ended ({manner(self._broker.exit_code)}). "
            f"{self._tally.loss(kept=self._kept is not None)}",
            WARNING if self._kept else ALARM,
        )

    def relieve(self, found: Progress | None) -> None:
        """Replace a broker that uses too much memory, without losing events.

        A broker never frees memory. So the receiver is stopped, and providers send their
        webhooks again, until every received event has landed. Call this regularly with the
        current progress.
        """
        if not self.running:
            return
        if found and self._kept:
            self._kept.look(*self._tally.offsets)
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
                f"Webhooks are refused: the embedded broker uses more than {self._megabytes} MB "
                "of memory, and not all of its events have landed yet.",
                WARNING,
            )

    def stop(self) -> None:
        """End the broker at once."""
        self._broker.stop()

    def forget(self) -> None:
        """Remove what is kept. Call it when all has landed and no receiver runs."""
        if self._kept:
            self._kept.clear()

    def _start(self) -> EmbeddedBroker:
        """A new broker, which has what is kept. Raises BrokerError."""
        broker = EmbeddedBroker(self._port)
        if self._kept is None:
            return broker
        try:
            count = self._kept.publish(broker.bootstrap)
        except BaseException:
            broker.stop()
            raise
        if count:
            self._say(
                f"{count:,} events from before are in the embedded broker again; those that had "
                "landed are counted as duplicates.",
                WARNING,
            )
        return broker

    def _settled(self) -> bool:
        """Stop the consumer and return True if everything has landed; otherwise restart it."""
        self._parts.end("consumer")
        found = self._tally.read()
        if found and not found.waiting:
            self.forget()
            return True
        self._parts.resume("consumer")  # another client, such as a replay, has published more
        return False

    def _replace(self) -> None:
        self._parts.end("receiver", KILL_SECONDS)
        self._parts.end("consumer", KILL_SECONDS)
        self._broker.stop()
        try:
            self._broker = self._start()
        except BrokerError as error:
            pause = self._pauses.begin()
            self._say(f"{error}. Trying again in {pause:.0f} s.", ALARM)
            return
        self._pauses.end()
        self._tally.turn_over()
        self._parts.resume("receiver")
        self._parts.resume("consumer")
        self._report_start()

    def _report_start(self) -> None:
        if self._refusing is None:
            self._say("Another embedded broker has started.", WARNING)
            return
        self._say(
            f"The embedded broker used more than {self._megabytes} MB of memory: all its events "
            "have landed, and an empty broker has replaced it. Webhooks were refused for "
            f"{time.monotonic() - self._refusing:.0f} s.",
            WARNING,
        )
        self._refusing, self._overdue = None, False
