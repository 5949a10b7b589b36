"""The `[[reports]]` tables: figures of each day or week, sent at a time of the day."""

from __future__ import annotations

from datetime import time
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from settings.sources import NAME
from settings.time_zones import Zone


class Report(BaseModel):
    """One report: of yesterday, or (on Mondays) of the week before, by the clock of a zone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    every: Literal["day", "week"] = "day"
    at: time = time(8)
    zone: Zone = "UTC"
    send_to: tuple[str, ...] | None = None  # None: all destinations

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"name {self.name!r}: use a-z, 0-9, - and _")
        if self.at.tzinfo:
            raise ValueError('write a time such as "08:00", and the time zone in zone')
        return self
