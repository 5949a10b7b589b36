"""The `[[goals]]` tables: what a metric should be, drawn as lines on the dashboard's charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from settings.alerts import digits
from settings.durations import duration
from settings.sources import load

# Of each metric: whether more is better.
MORE_IS_BETTER = {
    "delivery_rate": True,
    "read_rate": True,
    "failure_rate": False,
    "p95_wait": False,
}
# In seconds; the others are shares.
SECONDS = ("p95_wait",)
FILTERS = ("source", "number", "category")


class Goal(BaseModel):
    """What a metric should be, at least or at most; for all messages, or for those of a filter.

    Shares are 0 to 1; a length of time becomes seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: Literal["delivery_rate", "read_rate", "failure_rate", "p95_wait"]
    at_least: float | None = None
    at_most: float | None = None
    source: str | None = None
    number: Annotated[str, AfterValidator(digits)] | None = None
    category: str | None = None
    name: str = Field(default="goal", min_length=1, max_length=40)

    @model_validator(mode="before")
    @classmethod
    def _seconds(cls, data: object) -> object:
        """Goals in seconds are written as lengths of time."""
        if isinstance(data, dict) and data.get("metric") in SECONDS and "at_most" in data:
            length = duration(data["at_most"])
            assert isinstance(length, timedelta)
            return data | {"at_most": length.total_seconds()}
        return data

    @model_validator(mode="after")
    def _complete(self) -> Self:
        more = MORE_IS_BETTER[self.metric]
        key, other = ("at_least", "at_most") if more else ("at_most", "at_least")
        better = "more" if more else "less"
        if getattr(self, key) is None or getattr(self, other) is not None:
            raise ValueError(f"of {self.metric}, {better} is better: write {key}, and no {other}")
        if self.metric not in SECONDS and not 0 < self.value < 1:
            raise ValueError(f"{self.metric} is a share between 0 and 1: write 0.95 for 95%")
        if self.value <= 0:
            raise ValueError("the goal is not above 0")
        return self

    @property
    def value(self) -> float:
        """The goal, in the unit of the metric."""
        found = self.at_most if self.at_least is None else self.at_least
        return 0.0 if found is None else found

    @property
    def sign(self) -> str:
        return "≥" if MORE_IS_BETTER[self.metric] else "≤"

    @property
    def where(self) -> dict[str, str]:
        """The values by which messages are chosen."""
        return {name: value for name in FILTERS if (value := getattr(self, name)) is not None}

    def met(self, value: float) -> bool:
        """Whether the metric reaches the goal."""
        return value >= self.value if MORE_IS_BETTER[self.metric] else value <= self.value


class Goals(BaseModel):
    """The tables about goals in `bluetick.toml`; the other tables are not looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    goals: tuple[Goal, ...] = ()

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        known: list[tuple[str, dict[str, str]]] = []
        for goal in self.goals:
            if (goal.metric, goal.where) in known:
                raise ValueError(
                    f"two goals are for {goal.metric} of the same messages: remove one of them"
                )
            known.append((goal.metric, goal.where))
        return self

    def of(self, metric: str, chosen: Mapping[str, Sequence[str]]) -> Goal | None:
        """The goal for messages of which these values are chosen, by filter; an empty choice means
        all. The goal with the most filters wins. None if there is none.
        """
        fitting = [
            goal
            for goal in self.goals
            if goal.metric == metric
            and all(list(chosen.get(name, ())) == [value] for name, value in goal.where.items())
        ]
        return max(fitting, key=lambda goal: len(goal.where), default=None)


def load_goals(path: Path | None) -> Goals:
    """The goals in a TOML file; none without one. Raises ConfigError."""
    return Goals() if path is None else load(path, Goals)
