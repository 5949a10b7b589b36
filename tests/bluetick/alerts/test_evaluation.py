"""Alerts are raised once, resolved once, and not in quiet hours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bluetick.alerts.evaluation import evaluate, is_quiet
from bluetick.alerts.signals import Figure, Figures, unread
from bluetick.alerts.state import State
from settings.alerts import DEFAULTS, Alerting, Quiet, Rule
from settings.destinations import Webhook
from tests.support.incidents import INCIDENTS, incident, made_up, site
from warehouse.diagnosis.anomaly import Anomaly
from warehouse.diagnosis.diagnosis import diagnose

NOW = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOOK = {"hook": Webhook(kind="webhook", url="https://alerts.example/x")}


def rule(**own: Any) -> Rule:
    usual = {"name": "failures", "metric": "failure_rate", "above": 0.1}
    return Rule.model_validate(usual | own)


def said(
    of: Rule, values: Iterable[float | None], *, messages: int = 1_000, start: datetime = NOW
) -> list[tuple[int, str]]:
    """The minute and the event of each message, for one value a minute."""
    alerting, state = Alerting(alerts=(of,), destinations=HOOK), State()
    for at, value in enumerate(values):
        figures = Figures({of.name: Figure(value, messages)})
        state = evaluate(alerting, figures, state, start + at * MINUTE)
        state = State.model_validate_json(state.model_dump_json())
    assert len({message.id for message in state.outbox}) == len(state.outbox)
    assert [each.id for each in state.outbox] == [each.id for each in state.history]
    return [((message.at - start) // MINUTE, message.event) for message in state.outbox]


def test_an_incident_is_raised_once_and_resolved_once() -> None:
    assert said(rule(), [0.05, 0.2, 0.3, 0.2, *[0.05] * 20]) == [(1, "raised"), (9, "resolved")]


def test_a_figure_around_the_limit_does_not_flap() -> None:
    assert said(rule(), [0.101, 0.099, 0.095, 0.099] * 50) == [(0, "raised")]
    assert said(rule(), [0.101, 0.02, 0.02] * 50) == [(0, "raised")]


def test_a_share_near_one_can_get_well() -> None:
    delivery = rule(metric="delivery_rate", above=None, below=0.95)
    assert said(delivery, [0.9, *[0.952] * 20]) == [(0, "raised")]
    assert said(delivery, [0.9, *[0.956] * 20]) == [(0, "raised"), (6, "resolved")]


def test_what_lasts_less_than_for_is_not_said() -> None:
    slow = rule(hold=5 * MINUTE)
    assert said(slow, [0.2] * 5 + [0.05] + [0.2] * 5) == []
    assert said(slow, [0.2] * 6) == [(5, "raised")]


def test_few_messages_neither_raise_nor_resolve() -> None:
    assert said(rule(), [0.9] * 10, messages=49) == []
    assert said(rule(), [0.9, *[None] * 60]) == [(0, "raised")]
    assert said(rule(metric="messages", above=None, below=5), [0], messages=0) == [(0, "raised")]


def test_the_text_says_what_is_wrong() -> None:
    figures = Figures({"failures": Figure(0.25, 1_234)})
    failing = rule(number="15550001111", market="Brazil")
    state = evaluate(Alerting(alerts=(failing,), destinations=HOOK), figures, State(), NOW)
    (message,) = state.outbox
    assert message.text == (
        "failures: failure rate 25.0% for number +15550001111, market Brazil in the last 1 h "
        "(of 1,234 messages), above 10.0%."
    )
    assert message.left == ("hook",)


QUIET = Quiet.model_validate({"from": "22:00", "until": "07:00", "zone": "Europe/Berlin"})


def test_quiet_hours_delay_what_still_goes_on_and_leave_out_what_is_over() -> None:
    night = datetime(2026, 11, 25, 23, 0, tzinfo=UTC)  # midnight there
    quiet = rule(quiet=QUIET)
    assert said(quiet, [0.2] * 500, start=night) == [(7 * 60, "raised")]
    assert said(quiet, [0.2] * 60 + [0.01] * 500, start=night) == []
    evening = [0.2] * 10 + [0.01] * 10 + [0.2] * 5 + [0.01] * 600
    assert said(quiet, evening, start=night - timedelta(hours=2, minutes=5)) == [
        (0, "raised"),
        (9 * 60 + 5, "resolved"),
    ]


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        # Clocks there go from 2:00 to 3:00 on 29 March, and from 3:00 to 2:00 on 25 October.
        ("2026-03-28T20:59", False), ("2026-03-28T21:00", True), ("2026-03-29T04:59", True),
        ("2026-03-29T05:00", False), ("2026-10-24T19:59", False), ("2026-10-24T20:00", True),
        ("2026-10-25T05:59", True), ("2026-10-25T06:00", False),
    ],
)  # fmt: skip
def test_quiet_hours_follow_the_clock_on_the_wall(at: str, quiet: bool) -> None:
    assert is_quiet(QUIET, datetime.fromisoformat(at).replace(tzinfo=UTC)) is quiet


def found(kind: Any, **where: str | None) -> Anomaly:
    return Anomaly(kind, where, NOW - timedelta(hours=1), None, 100, 50, 0.01)


def run(anomalies: Iterable[tuple[Anomaly, ...]], state: State | None = None) -> State:
    """What the default rules say, with the anomalies of every tenth minute."""
    state = state or State()
    alerting = Alerting(alerts=DEFAULTS, destinations=HOOK)
    for at, each in enumerate(anomalies):
        figures = Figures(
            {"nothing-received": Figure(60.0), "warehouse-unreadable": Figure(0.0)}, each
        )
        state = evaluate(alerting, figures, state, NOW + 10 * at * MINUTE)
    return state


def test_an_anomaly_whose_segment_changes_stays_one_incident() -> None:
    narrow, wide = found("failed", number="1", market="Brazil"), found("failed", number="1")
    state = run([(narrow,), (wide,), (narrow,), (wide,), (), (), (), (), ()])
    assert [message.event for message in state.outbox] == ["raised", "resolved"]


def test_two_anomalies_are_two_incidents() -> None:
    state = run([(found("failed", number="1"), found("slow", number="1"))] * 3)
    assert [message.event for message in state.outbox] == ["raised", "raised"]


def test_nothing_received_is_said_after_three_days() -> None:
    alerting, state = Alerting(destinations=HOOK), State()
    for hours in (60, 71, 73, 74):
        figures = Figures({"nothing-received": Figure(hours * 3600.0)})
        state = evaluate(alerting, figures, state, NOW + timedelta(hours=hours))
    (message,) = state.outbox
    assert message.text == "nothing-received: nothing received for 3 d 1 h, the limit is 3 d."


def test_a_warehouse_that_cannot_be_read_is_said_and_changes_nothing_else() -> None:
    state = run([(found("failed"),)] * 2)
    alerting = Alerting(destinations=HOOK)
    last = state.read_at
    assert last
    for minutes in (1, 14, 16, 60, 120):
        now = last + minutes * MINUTE
        state = evaluate(alerting, unread(DEFAULTS, now - last), state, now)
    assert [message.rule for message in state.outbox] == ["unusual", "warehouse-unreadable"]
    assert "the warehouse could not be read for 16 min, the limit is 15 min" in state.outbox[1].text
    assert state.read_at == last


@pytest.mark.parametrize("kind", INCIDENTS)
def test_the_defaults_fire_once_on_an_incident(kind: str) -> None:
    sender = site(80_000 + INCIDENTS.index(kind) * 5, least=4)
    anomalies = tuple(diagnose(made_up(sender, incident(sender, kind))))
    events = [message.event for message in run([anomalies, anomalies, anomalies]).outbox]
    assert events == ["raised"] * len(anomalies)
    assert anomalies


def test_the_defaults_are_silent_on_a_quiet_week() -> None:
    days = (tuple(diagnose(made_up(site(seed, 2.3, 6.0)))) for seed in range(70_000, 70_007))
    state = run(day for anomalies in days for day in (anomalies, anomalies))
    assert (state.incidents, state.history) == ((), ())
