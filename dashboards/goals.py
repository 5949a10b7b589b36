"""The goals of BLUETICK_CONFIG or bluetick.toml, for what a page shows."""

from __future__ import annotations

import functools

from dashboards import login
from dashboards.components import formats
from dashboards.selection import Choice
from settings.goals import SECONDS, Goal, Goals, load_goals
from warehouse.metrics import METRICS

TITLES = {"p95_wait": "p95"}


@functools.cache
def goals() -> Goals:
    """All goals, read once. Raises ConfigError."""
    return load_goals(login.config_file())


def of(metric: str, choice: Choice) -> Goal | None:
    """The goal of a metric for the messages of a choice; None if there is none."""
    chosen = {
        "source": choice.sources,
        "number": choice.numbers,
        "category": [category.lower() for category in choice.categories],
    }
    return goals().of(metric, chosen)


def text(goal: Goal) -> str:
    """`goal ≥ 95.0%`."""
    shown = formats.duration if goal.metric in SECONDS else formats.percent
    return f"{goal.name} {goal.sign} {shown(goal.value)}"


def title(goal: Goal) -> str:
    """What the goal is of: `Delivery rate`."""
    return TITLES.get(goal.metric) or METRICS[goal.metric].title


def verdict(goal: Goal, value: float | None) -> str:
    """`goal ≥ 95.0%: missed`; without a value, only the goal."""
    if value is None:
        return text(goal)
    return f"{text(goal)}: {'met' if goal.met(value) else 'missed'}"
