"""Rules that compare with past weeks: silent in quiet weeks, and not in incidents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bluetick.alerts.deviation import LEAST_WEEKS, deviation
from bluetick.alerts.figures import Figure, Figures, read
from bluetick.alerts.signals import Signal, signals
from settings.alerts import LEAST, Rule
from tests.support.dashboard import filled
from tests.support.traffic import Traffic
from warehouse.connection import Location

NOW = datetime(2026, 11, 25, 14, 40, tzinfo=UTC)
WEEK, HOUR, MINUTE = timedelta(days=7), timedelta(hours=1), timedelta(minutes=1)


def rule(**own: Any) -> Rule:
    return Rule.model_validate({"name": "unlike", "metric": "delivery_rate", "differs": 0.05} | own)


def signal(of: Rule, value: float | None, past: list[float], messages: int = 1_000) -> Signal:
    figure = Figure(value, messages, tuple(Figure(each, messages) for each in past))
    (found,) = signals(of, Figures({of.name: figure}), NOW)
    return found


def test_the_defaults() -> None:
    assert (rule().weeks, rule().window, rule().enough) == (4, HOUR, LEAST)


@pytest.mark.parametrize(
    ("metric", "worse", "better"),
    [
        ("delivery_rate", 0.85, 0.99),
        ("read_rate", 0.85, 0.99),
        ("failure_rate", 0.99, 0.85),
    ],
)
def test_a_share_may_be_worse_by_so_many_points(metric: str, worse: float, better: float) -> None:
    one = rule(metric=metric)
    past = [0.93, 0.94, 0.92, 0.93] if metric != "failure_rate" else [0.93, 0.92, 0.91, 0.92]

    assert signal(one, worse, past).bad
    assert signal(one, better, past).good
    assert not signal(one, 0.91, past).bad


@pytest.mark.parametrize(
    ("metric", "value", "bad"),
    [
        ("messages", 1_600, True),
        ("messages", 400, True),
        ("messages", 1_300, False),
        ("failed", 1_600, True),
        ("failed", 100, False),
        ("p90_wait", 1_600, True),
        ("p90_wait", 100, False),
    ],
)
def test_others_may_be_worse_by_a_share_of_what_is_usual(
    metric: str, value: float, bad: bool
) -> None:
    assert signal(rule(metric=metric, differs=0.5), value, [1_000.0] * 4).bad == bad


def test_what_was_as_bad_in_one_of_the_weeks_is_no_alarm() -> None:
    assert not signal(rule(), 0.80, [0.95, 0.95, 0.95, 0.79]).bad


def test_too_few_weeks_or_messages_say_nothing() -> None:
    assert LEAST_WEEKS == 2
    assert not signal(rule(), 0.5, [0.95]).bad
    assert signal(rule(), 0.5, [0.95] * 2).bad
    few = signal(rule(), 0.5, [0.95] * 4, messages=LEAST - 1)
    assert (few.bad, few.good) == (False, False)
    assert signal(rule(), 0.5, [0.95] * 4, messages=LEAST).bad


def test_no_messages_at_all_are_fewer_than_usual() -> None:
    past = tuple(Figure(500.0, 500) for _ in range(4))
    found = deviation(rule(metric="messages", differs=0.5), Figure(0.0, 0, past))

    assert found
    assert found.certain
    assert found.worse == 1


@pytest.mark.parametrize("messages", [LEAST, 200, 5_000])
@pytest.mark.parametrize("usual", [0.999, 0.95, 0.6])
def test_quiet_weeks_raise_nothing(messages: int, usual: float) -> None:
    chance = np.random.default_rng(messages)
    shares = chance.binomial(messages, usual, size=(5_000, 5)) / messages
    alarms = [signal(rule(), week[0], list(week[1:]), messages).bad for week in shares]
    counts = chance.poisson(messages, size=(5_000, 5)).astype(float)
    louder = [
        signal(rule(metric="messages", differs=0.3), week[0], list(week[1:]), messages).bad
        for week in counts
    ]

    assert sum(alarms) == 0
    assert sum(louder) == 0


def message(traffic: Traffic, at: datetime, number: int, now: datetime, *, how: str) -> None:
    """A message that failed, was delivered at once, or is delivered after four hours, as far as
    that is before `now`."""
    code = {"error_code": 131026, "error_title": "Undeliverable"} if how == "failed" else {}
    steps = {
        "failed": (("failed", MINUTE / 60),),
        "delivered": (("sent", 0 * MINUTE), ("delivered", MINUTE / 20)),
        "slow": (("sent", 0 * MINUTE), ("delivered", 4 * HOUR)),
    }[how]
    for status, after in steps:
        if at + after <= now:
            traffic.add(
                "statuses", source="meta", dialect="cloud", occurred_at=at + after,
                kind="message", channel="messages", display_phone_number="15550001111",
                message_id=f"wamid.{number}", recipient_id="15557654321", status=status, **code,
            )  # fmt: skip


def warehouse(folder: Path, *, failing: bool) -> Location:
    """Four weeks with a message each 15 seconds, of which a third arrives late; perhaps, another
    third fails now."""
    traffic, count = Traffic(), 0
    for week in range(4):
        for place in range(400):
            count += 1
            how = "slow" if place % 3 == 0 else "delivered"
            if failing and week == 0 and place % 3 == 1:
                how = "failed"
            message(traffic, NOW - week * WEEK - place * MINUTE / 4, count, NOW, how=how)
    return Location.under(filled(folder, traffic))


RULES = (
    rule(name="delivery", least=40),
    rule(name="failure", metric="failure_rate", least=40),
    rule(name="failed", metric="failed", differs=0.5, least=40),
    rule(name="messages", metric="messages", differs=0.2, least=40),
    rule(name="wait", metric="p90_wait", differs=0.5, least=40),
)


def bad(location: Location) -> set[str]:
    figures = read(location, RULES, NOW)
    return {each.name for each in RULES for found in signals(each, figures, NOW) if found.bad}


def test_messages_that_are_still_on_their_way_are_not_worse_than_old_ones(tmp_path: Path) -> None:
    location = warehouse(tmp_path, failing=False)

    figures = read(location, RULES, NOW).by_rule

    assert bad(location) == set()
    delivery = figures["delivery"]
    assert [round(each.value or 0, 2) for each in delivery.past[:3]] == [0.67] * 3
    assert round(delivery.value or 0, 2) == 0.67
    assert delivery.past[3].value is None


def test_an_incident_is_an_alarm(tmp_path: Path) -> None:
    assert bad(warehouse(tmp_path, failing=True)) == {"delivery", "failure", "failed"}


def test_the_text_says_what_is_usual() -> None:
    found = signal(rule(number="15550001111"), 0.81, [0.952] * 4)

    assert found.sentence == (
        "unlike: delivery rate 81.0% for number +15550001111 in 1 h (of 1,000 messages), usually "
        "95.2% in these hours (4 weeks)."
    )
    assert found.details["usual"] == 0.952
