"""`bluetick watch`: evaluates the alerts at intervals, and sends what they say and the reports."""

from __future__ import annotations

import logging
import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from bluetick.alerts import state_file
from bluetick.alerts.evaluation import evaluate
from bluetick.alerts.figures import Figures, read
from bluetick.alerts.outbox import Outbox
from bluetick.alerts.sending import Unsent, send
from bluetick.alerts.signals import unread
from bluetick.alerts.state import Message, State
from bluetick.reports.period import newest
from bluetick.reports.report import message as message_of
from settings.alerts import Alerting
from settings.errors import BluetickError
from settings.reports import Report
from settings.visible_text import visible
from warehouse.connection import Location

logger = logging.getLogger(__name__)

# With `--once`: how often a message is tried in all.
ATTEMPTS = 3


class Watcher:
    """One evaluation after the other, with the state in the data folder."""

    def __init__(self, alerting: Alerting, location: Location, folder: Path) -> None:
        self._alerting = alerting
        self._location = location
        self._folder = folder
        self._state = state_file.load(folder)
        self._outbox = Outbox(alerting.destinations)
        self._readable = True
        self.saved = True

    def look(self) -> bool:
        """Evaluate the alerts now. Returns whether the warehouse could be read.

        The new state is saved before anything is sent, so that no message is lost.
        """
        now = datetime.now(UTC)
        try:
            figures = read(self._location, self._alerting.alerts, now)
        except (BluetickError, duckdb.Error) as error:
            if self._readable:
                why = str(error) if isinstance(error, BluetickError) else type(error).__name__
                logger.warning("the warehouse cannot be read now: %s", why)
            self._readable = False
            if self._state.read_at:  # else there is no warehouse yet
                self._evaluate(unread(self._alerting.alerts, now - self._state.read_at), now)
            return False
        if not self._readable:
            logger.info("the warehouse can be read again")
        self._readable = True
        self._evaluate(figures, now)
        for report in self._alerting.reports:
            self._report(report, now)
        return True

    def _report(self, report: Report, now: datetime) -> None:
        """Puts the report into the outbox if a new period is due, in one step with the note that
        it is there: so each period is reported once.

        A report that is seen for the first time begins with the next period. What was due while
        this process did not run is sent late; of several periods, only the newest.
        """
        period = newest(report, now)
        known = self._state.reports.get(report.name)
        if known is not None and known >= period.key:
            return
        to = self._alerting.recipients(report)
        outbox = self._state.outbox
        if known is not None and to:
            try:
                outbox = (*outbox, message_of(self._location, report, period, now, to))
            except (BluetickError, duckdb.Error) as error:
                logger.warning("report %s is not ready: %s", report.name, type(error).__name__)
                return  # until the next evaluation
        noted = self._state.reports | {report.name: period.key}
        self._save(self._state.model_copy(update={"outbox": outbox, "reports": noted}))

    def _evaluate(self, figures: Figures, now: datetime) -> None:
        known = {(message.id, message.event) for message in self._state.history}
        after = evaluate(self._alerting, figures, self._state, now)
        if after != self._state or not self.saved:
            self._save(after)
        for message in after.history:
            if (message.id, message.event) not in known:
                logger.info("alert %s: %s", message.rule, message.event)

    def deliver(self) -> float | None:
        """Send what is to be sent. Returns after how many seconds to try again; None if all
        was sent."""
        if self._state.outbox:
            self._outbox.deliver(self._state, self._save, datetime.now(UTC))
        return self._outbox.wait(self._state)

    def _save(self, state: State) -> None:
        """Saves the state, or at least keeps it in memory: a full disk stops no alert."""
        self._state = state
        try:
            state_file.save(self._folder, state)
            self.saved = True
        except state_file.StateError as error:
            self.saved = False
            logger.warning("%s; after a restart, messages may be sent again", error)


def watch(alerting: Alerting, location: Location, folder: Path, seconds: float) -> int:
    """Evaluate every `seconds` until SIGTERM or Ctrl-C. Returns the exit code."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with state_file.claimed(folder):
        watcher = Watcher(alerting, location, folder)
        counts = len(alerting.alerts), len(alerting.reports)
        logger.info("watching %d alerts, %d reports", *counts)
        due = time.monotonic()
        while not stopping.is_set():
            if time.monotonic() >= due:
                watcher.look()
                due = time.monotonic() + seconds
            again = watcher.deliver()
            pause = due - time.monotonic()
            stopping.wait(max(pause if again is None else min(pause, again), 0))
    return 0


def watch_once(alerting: Alerting, location: Location, folder: Path) -> int:
    """Evaluate once and send. Returns 1 if the warehouse could not be read or a message is left,
    which the next run sends."""
    with state_file.claimed(folder):
        watcher = Watcher(alerting, location, folder)
        readable = watcher.look()
        again = watcher.deliver()
        for _ in range(ATTEMPTS - 1):
            if again is None:
                break
            time.sleep(again)
            again = watcher.deliver()
        return 0 if readable and again is None and watcher.saved else 1


def send_test(alerting: Alerting) -> int:
    """Send a test message to each destination and print what came of it. Returns 1 if one failed
    or there is none."""
    now = datetime.now(UTC)
    message = Message(
        id=f"test-{now:%Y%m%dT%H%M%S}",
        event="test",
        rule="test",
        text="This is a test message. Nothing is wrong.",
        since=now,
        at=now,
        details={},
    )
    failed = 0
    for name, destination in alerting.destinations.items():
        try:
            send(destination, message)
            print(f"{name}: sent")
        except Unsent as error:
            failed += 1
            print(visible(f"{name}: not sent: {error}"))
    if not alerting.destinations:
        print("there is no destination: add a [destinations.NAME] table to bluetick.toml")
    return 1 if failed or not alerting.destinations else 0
