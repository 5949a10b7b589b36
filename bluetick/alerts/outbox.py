"""Sends what is in the outbox, and tries again after growing pauses."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bluetick.alerts.sending import Unsent, send
from bluetick.alerts.state import Message, State
from settings.destinations import Destination

logger = logging.getLogger(__name__)

# Seconds after each failure in a row.
PAUSES = (10.0, 30.0, 60.0, 120.0, 300.0)
# Nobody wants to hear of it any more.
TOO_OLD = timedelta(days=3)


class Outbox:
    """Sends to destinations by name. Each has its own pauses; one that fails holds up no other."""

    def __init__(
        self,
        destinations: Mapping[str, Destination],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._destinations = destinations
        self._clock = clock
        self._failures: dict[str, int] = {}
        self._next: dict[str, float] = {}

    def deliver(self, state: State, save: Callable[[State], None], now: datetime) -> State:
        """Tries each message once, the oldest first, and saves after each success.

        So a message that was sent is sent again only if this process ends before the save. What
        is too old, or for a destination that is not configured any more, is dropped.
        """
        for message in state.outbox:
            for name in message.left:
                if self._done(name, message, now):
                    state = _without(state, message.id, name)
                    save(state)
        return state

    def wait(self, state: State) -> float | None:
        """Seconds until there is something to try again; None if there is nothing to send."""
        names = {name for message in state.outbox for name in message.left}
        times = [self._next.get(name, 0.0) for name in names]
        return max(min(times) - self._clock(), 0.0) if times else None

    def _done(self, name: str, message: Message, now: datetime) -> bool:
        destination = self._destinations.get(name)
        if destination is None or now - message.at > TOO_OLD:
            logger.warning("alert %s was never sent to %s", message.rule, name)
            return True
        if self._clock() < self._next.get(name, 0.0):
            return False
        try:
            send(destination, message)
        except Unsent as error:
            self._failed(name, message, str(error))
            return False
        self._failures.pop(name, None)
        logger.info("alert %s (%s) sent to %s", message.rule, message.event, name)
        return True

    def _failed(self, name: str, message: Message, why: str) -> None:
        failures = self._failures.get(name, 0)
        pause = PAUSES[min(failures, len(PAUSES) - 1)]
        self._failures[name] = failures + 1
        self._next[name] = self._clock() + pause
        logger.warning(
            "alert %s could not be sent to %s: %s; trying again in %.0f s",
            *(message.rule, name, why, pause),
        )


def _without(state: State, message_id: str, name: str) -> State:
    """The state after this destination has got the message."""
    kept = []
    for message in state.outbox:
        if message.id == message_id:
            left = tuple(each for each in message.left if each != name)
            message = message.model_copy(update={"left": left})
        if message.left:
            kept.append(message)
    return state.model_copy(update={"outbox": tuple(kept)})
