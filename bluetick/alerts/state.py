"""What the watcher remembers: incidents that go on, messages to send, and what happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

# Of what happened, and of what could not be sent for long.
MOST_HISTORY, MOST_MESSAGES = 500, 1_000

Event = Literal["raised", "resolved", "test", "report"]


class Incident(BaseModel):
    """Something wrong, from when a rule first sees it until its end has been told.

    It is pending until `raised_at`. `told`: whether a message says that it was raised.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    rule: str
    key: str
    sentence: str
    details: dict[str, Any]
    seen_at: datetime
    since: datetime
    raised_at: datetime | None = None
    told: bool = False
    good_since: datetime | None = None
    resolved_at: datetime | None = None


class Message(BaseModel):
    """What is to be sent, and the destinations that have not got it yet.

    `id` is the same for each attempt, so that a receiver can leave out what comes twice.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    event: Event
    rule: str
    text: str
    since: datetime
    at: datetime
    details: dict[str, Any]
    left: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The message in types of JSON, without the names of destinations."""
        return self.model_dump(mode="json", exclude={"left"})


class State(BaseModel):
    """All of it; `history` is what was raised and resolved, the newest last.

    `read_at` is when the warehouse could last be read. `reports` has the newest period of each
    report that needs no sending any more, by the report's name.
    """

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    read_at: datetime | None = None
    incidents: tuple[Incident, ...] = ()
    outbox: tuple[Message, ...] = ()
    history: tuple[Message, ...] = ()
    reports: dict[str, str] = {}
