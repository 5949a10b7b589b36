"""The configured alerts and reports: rules, quiet hours, and what applies without a rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from settings.destinations import Destination
from settings.durations import Duration, duration
from settings.reports import Report
from settings.sources import NAME, load
from settings.time_zones import Zone

SHARES = ("failure_rate", "delivery_rate", "read_rate")
COUNTS = ("messages", "delivered", "failed", "no_outcome")
# Of the warehouse as a whole: how long nothing was received, and how long it could not be read.
WHOLE = ("freshness", "unreadable")
SECONDS = ("p90_wait", *WHOLE)
Metric = Literal[
    "failure_rate", "delivery_rate", "read_rate", "messages", "delivered", "failed", "no_outcome",
    "p90_wait", "freshness", "unreadable",
]  # fmt: skip
# Which change of a metric is worse, for rules that compare with past weeks.
WORSE = {
    "failure_rate": "up", "delivery_rate": "down", "read_rate": "down", "p90_wait": "up",
    "failed": "up", "messages": "both",
}  # fmt: skip
# Past weeks are known in quarters of an hour, and how old messages were only by source and number.
BY_AGE = ("delivery_rate", "read_rate")
FILTERS = ("source", "number", "campaign", "market")
# The filters that a metric does not know.
UNKNOWN = {"p90_wait": ("campaign", "market"), "freshness": FILTERS, "unreadable": FILTERS}
# Shares and percentiles of fewer messages say nothing.
LEAST = 50
LONGEST = timedelta(days=7)
QUARTER = timedelta(minutes=15)


def digits(value: str) -> str:
    """The digits of a phone number; the value itself if it has none."""
    return "".join(character for character in value if character.isdigit()) or value


class Quiet(BaseModel):
    """Hours of each day, by the clock of a zone, in which nothing is sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: time = Field(validation_alias="from")
    until: time
    zone: Zone

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.start == self.until:
            raise ValueError("from and until are the same time, so there would be no quiet hours")
        if self.start.tzinfo or self.until.tzinfo:
            raise ValueError('write times such as "22:00", and the time zone in zone')
        return self


class Rule(BaseModel):
    """One `[[alerts]]` table: a metric with a limit, or what the diagnosis finds.

    Shares are 0 to 1; limits of SECONDS become seconds. `differs` is by how much a metric may be
    worse than in the same hours of the past `weeks`: a share in points (0.05: from 95% to 90%),
    others as a share of what is usual (0.5: half as much again).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: str
    metric: Metric | None = None
    anomaly: bool = False
    source: str | None = None
    number: Annotated[str, AfterValidator(digits)] | None = None
    campaign: str | None = None
    market: str | None = None
    above: float | None = None
    below: float | None = None
    differs: float | None = None
    weeks: int = Field(default=4, ge=2, le=12)
    window: Duration = timedelta(hours=1)
    least: int | None = Field(default=None, ge=1)
    hold: Duration = Field(default=timedelta(), validation_alias="for")
    quiet: Quiet | None = None
    send_to: tuple[str, ...] | None = None  # None: all destinations

    @model_validator(mode="before")
    @classmethod
    def _seconds(cls, data: object) -> object:
        """Limits of metrics in seconds are written as lengths of time."""
        if isinstance(data, dict) and data.get("metric") in SECONDS:
            for key in ("above", "below"):
                if isinstance(data.get(key), str):
                    length = duration(data[key])
                    assert isinstance(length, timedelta)
                    data = data | {key: length.total_seconds()}
        return data

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"name {self.name!r}: use a-z, 0-9, - and _")
        if self.anomaly == (self.metric is not None):
            raise ValueError("needs either metric or anomaly = true")
        if self.anomaly:
            self._refuse(
                *("anomaly = true", *FILTERS, "above", "below", "differs", "weeks"),
                *("window", "least"),
            )
        else:
            self._check_metric()
        return self

    def _check_metric(self) -> None:
        name = str(self.metric)
        if sum(each is not None for each in (self.above, self.below, self.differs)) != 1:
            raise ValueError(f'metric = "{name}" needs either above or below, or differs')
        if name in SHARES and not 0 <= self.limit <= 1:
            raise ValueError(f"{name} is a share from 0 to 1: write 0.05 for 5%")
        if self.limit < 0:
            raise ValueError("the limit is below 0")
        if self.differs is None:
            self._refuse(f'metric = "{name}" without differs', "weeks")
        else:
            self._check_deviation(name)
            return
        self._refuse(f'metric = "{name}"', *UNKNOWN.get(name, ()))
        if name in (*COUNTS, *WHOLE):
            self._refuse(f'metric = "{name}"', "least")
        if name in WHOLE:
            self._refuse(f'metric = "{name}"', "window", "below")
        if not timedelta(minutes=1) <= self.window <= LONGEST:
            raise ValueError('window must be from "1m" to "7d"')

    def _check_deviation(self, name: str) -> None:
        if name not in WORSE:
            raise ValueError(f"differs is for {', '.join(WORSE)}")
        if not self.differs:
            raise ValueError("differs is 0: write by how much the metric may be worse")
        if name in BY_AGE:
            self._refuse(f'metric = "{name}" with differs', "campaign", "market")
        self._refuse(f'metric = "{name}"', *UNKNOWN.get(name, ()))
        if self.window % QUARTER or not QUARTER <= self.window <= timedelta(days=1):
            raise ValueError('with differs, window is in quarters of an hour: "15m" to "1d"')

    def _refuse(self, by: str, *names: str) -> None:
        if used := [name for name in names if name in self.model_fields_set]:
            raise ValueError(f"{by} does not use {' and '.join(used)}: remove it")

    @property
    def limit(self) -> float:
        """The limit, in the unit of the metric."""
        limits = (self.above, self.below, self.differs)
        return next((each for each in limits if each is not None), 0.0)

    @property
    def enough(self) -> int:
        """The least number of messages that the figure must be of."""
        if self.metric in (*COUNTS, *WHOLE) and self.differs is None:
            return 0
        return LEAST if self.least is None else self.least

    @property
    def where(self) -> dict[str, str]:
        """The values by which messages are chosen."""
        return {name: value for name in FILTERS if (value := getattr(self, name)) is not None}


# What applies without a rule. Senders who are closed at weekends receive nothing for almost three
# days; a sudden silence in the traffic of busier ones is an anomaly.
DEFAULTS = (
    Rule(name="unusual", anomaly=True, hold=timedelta(minutes=10)),
    Rule(name="nothing-received", metric="freshness", above=3 * 86_400),
    Rule(name="warehouse-unreadable", metric="unreadable", above=15 * 60),
)


class Alerting(BaseModel):
    """The tables about alerts in `bluetick.toml`; the other tables are not looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    alerts: tuple[Rule, ...] = DEFAULTS
    reports: tuple[Report, ...] = ()
    destinations: Mapping[str, Destination] = {}

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        both: tuple[Rule | Report, ...] = (*self.alerts, *self.reports)
        names = [each.name for each in both]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two alerts or reports have the name {twice[0]}: rename one of them")
        for name in self.destinations:
            if not NAME.fullmatch(name):
                raise ValueError(f"destination name {name!r}: use a-z, 0-9, - and _")
        for each in both:
            for name in each.send_to or ():
                if name not in self.destinations:
                    raise ValueError(
                        f"{each.name} sends to {name!r}: add [destinations.{name}], or "
                        "change send_to"
                    )
        return self

    def recipients(self, rule: Rule | Report) -> tuple[str, ...]:
        """The names of the destinations of the messages of a rule or a report."""
        return tuple(self.destinations) if rule.send_to is None else rule.send_to


def load_alerting(path: Path | None) -> Alerting:
    """The alerts in a TOML file, or the defaults without one.

    Secrets of webhook sources are not resolved. Raises ConfigError, which never has a secret.
    """
    return Alerting() if path is None else load(path, Alerting)
