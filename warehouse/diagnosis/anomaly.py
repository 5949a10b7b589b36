"""One thing that is wrong: where, since when, how many, and what may be the cause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from warehouse.diagnosis.cells import Code

Kind = Literal["failed", "undelivered", "slow", "silent"]


@dataclass(frozen=True, slots=True)
class Cause:
    """An event of the account near the start, which may be the cause."""

    at: datetime
    field: str
    event: str | None
    value: str | None  # JSON


@dataclass(frozen=True, slots=True)
class Anomaly:
    """What is wrong in the messages with these values; None stands for all values.

    A value that no message states is in `unstated`.
    """

    kind: Kind
    where: dict[str, str | None]  # values by dimension: number, campaign, market, source
    since: datetime
    until: datetime | None  # None while it goes on
    messages: int  # those of the time; of a silence, those that are missing
    bad: int
    usual: float  # the usual share of bad messages
    codes: tuple[Code, ...] = ()  # the codes of the failures, the most frequent first
    new_code: bool = False  # whether nobody has seen the code before
    seconds: float | None = None  # within which 90 % were delivered
    usual_seconds: float | None = None
    cause: Cause | None = None
    advice: str | None = None

    @property
    def share(self) -> float:
        return self.bad / self.messages if self.messages else 0.0

    def as_json(self) -> dict[str, Any]:
        """All of it in types of JSON."""
        found: dict[str, Any] = {
            "kind": self.kind,
            "where": self.where,
            "since": self.since.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "messages": self.messages,
            "bad": self.bad,
            "share": round(self.share, 4),
            "usual_share": round(self.usual, 4),
            "error_codes": [code.code for code in self.codes],
            "new_code": self.new_code,
            "advice": self.advice,
        }
        if self.seconds is not None:
            found |= {"p90_seconds": self.seconds, "usual_p90_seconds": self.usual_seconds}
        if self.cause:
            found["cause"] = {
                "at": self.cause.at.isoformat(),
                "field": self.cause.field,
                "event": self.cause.event,
            }
        return found
