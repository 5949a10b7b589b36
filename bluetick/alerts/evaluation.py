"""Rules, figures and what was before become what is now, and what to send.

No clock, no warehouse, no network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bluetick.alerts.figures import Figures
from bluetick.alerts.signals import Signal, same_incident, signals
from bluetick.alerts.state import MOST_HISTORY, MOST_MESSAGES, Event, Incident, Message, State
from settings.alerts import Alerting, Quiet, Rule

# An incident is over when all was good for this long, or for the rule's `for` if that is longer.
CLEAR = timedelta(minutes=5)
# One evaluation differs from the next; an anomaly that is missing in one may be back in another.
CLEAR_ANOMALY = timedelta(minutes=30)


def evaluate(alerting: Alerting, figures: Figures, state: State, now: datetime) -> State:
    """The next state. Messages to send are added to its outbox; incidents of removed rules end."""
    incidents: list[Incident] = []
    messages: list[Message] = []
    told: list[Message] = []
    for rule in alerting.alerts:
        own = [each for each in state.incidents if each.rule == rule.name]
        if rule.anomaly and figures.anomalies is None:
            incidents += own
            continue
        for incident in _advanced(rule, own, signals(rule, figures, now), now):
            kept, events = _announced(rule, incident, now)
            incidents += [kept] if kept else []
            for event in events:
                message = _message(incident, event, now, alerting.recipients(rule))
                told.append(message)
                messages += [message] if message.left else []
    return State(
        read_at=state.read_at if figures.anomalies is None else now,
        incidents=tuple(incidents),
        outbox=(*state.outbox, *messages)[-MOST_MESSAGES:],
        history=(*state.history, *(each.model_copy(update={"left": ()}) for each in told))[
            -MOST_HISTORY:
        ],
        reports=state.reports,
    )


def is_quiet(quiet: Quiet | None, now: datetime) -> bool:
    """Whether it is within the hours, by the clock on the wall there."""
    if quiet is None:
        return False
    clock: time = now.astimezone(ZoneInfo(quiet.zone)).time()
    if quiet.start < quiet.until:
        return quiet.start <= clock < quiet.until
    return clock >= quiet.start or clock < quiet.until


def _advanced(
    rule: Rule, own: list[Incident], seen: list[Signal], now: datetime
) -> Iterator[Incident]:
    """The incidents of a rule after this moment: each former one, and new ones."""
    left = {signal.key: signal for signal in seen}
    matched: dict[str, Signal] = {}
    for exact in (True, False):
        for incident in own:
            if incident.id in matched:
                continue
            key = incident.key if exact else same_incident(incident.key, tuple(left))
            if key in left:
                matched[incident.id] = left.pop(key)
    for incident in own:
        # What is not found any more is good.
        signal = matched.get(incident.id) or Signal(incident.key, False, True, now)
        if after := _after(rule, incident, signal, now):
            yield after
    for signal in left.values():
        if signal.bad:
            yield _raised(rule, _new(rule, signal, now), now)


def _new(rule: Rule, signal: Signal, now: datetime) -> Incident:
    mark = hashlib.sha256(f"{rule.name} {signal.key} {now.isoformat()}".encode()).hexdigest()[:16]
    return Incident(
        id=mark,
        rule=rule.name,
        key=signal.key,
        sentence=signal.sentence,
        details=signal.details,
        seen_at=now,
        since=signal.since,
    )


def _raised(rule: Rule, incident: Incident, now: datetime) -> Incident:
    if incident.raised_at or now - incident.seen_at < rule.hold:
        return incident
    return incident.model_copy(update={"raised_at": now})


def _after(rule: Rule, incident: Incident, signal: Signal, now: datetime) -> Incident | None:
    """The incident with what is seen now; None if it never lasted long enough."""
    if signal.bad:
        bad = {"key": signal.key, "sentence": signal.sentence, "details": signal.details}
        again = {"good_since": None, "resolved_at": None}
        return _raised(rule, incident.model_copy(update=bad | again), now)
    if not incident.raised_at:
        return None
    if not signal.good or incident.resolved_at:
        # Too few messages leave all as it is; so does a figure near the limit, but that is not
        # good, so the time begins anew.
        unclear = not signal.good and signal.sentence
        return incident.model_copy(update={"good_since": None}) if unclear else incident
    since = incident.good_since or now
    over = now - since >= max(rule.hold, CLEAR_ANOMALY if rule.anomaly else CLEAR)
    return incident.model_copy(update={"good_since": since, "resolved_at": now if over else None})


def _announced(
    rule: Rule, incident: Incident, now: datetime
) -> tuple[Incident | None, list[Event]]:
    """What is left of the incident, and what to say now. In quiet hours, nothing is said.

    What begins and ends in quiet hours is never said.
    """
    if not incident.raised_at:
        return incident, []
    if incident.resolved_at and not incident.told:
        return None, []
    if is_quiet(rule.quiet, now):
        return incident, []
    if incident.resolved_at:
        return None, ["resolved"]
    if not incident.told:
        return incident.model_copy(update={"told": True}), ["raised"]
    return incident, []


def _message(incident: Incident, event: Event, now: datetime, to: tuple[str, ...]) -> Message:
    text = incident.sentence if event == "raised" else f"Over: {incident.sentence}"
    return Message(
        id=f"{incident.id}-{event}",
        event=event,
        rule=incident.rule,
        text=text,
        since=incident.since,
        at=now,
        details=incident.details,
        left=to,
    )
