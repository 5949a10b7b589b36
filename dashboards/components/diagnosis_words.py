"""What is wrong, in sentences: for the page Overview and for `bluetick diagnose`."""

from __future__ import annotations

from datetime import datetime

from dashboards.components import account_words, formats
from warehouse.diagnosis.anomaly import Anomaly
from warehouse.diagnosis.cells import Code

# Where more is to be seen: the page, and what its address calls a dimension.
PAGES = {
    "failed": "failures", "undelivered": "delivery", "slow": "delivery", "silent": "pipeline",
}  # fmt: skip
# The dimensions that every page with such a figure can filter by.
FILTERS = ("number", "source", "market")
LONGEST_TITLE = 100


def sentence(anomaly: Anomaly, now: datetime) -> str:
    """What is wrong, where, since when, and how many messages it concerns."""
    where = place(anomaly)
    since = f"since {moment(anomaly.since, now)}"
    if anomaly.until:
        since = f"from {moment(anomaly.since, now)} to {moment(anomaly.until, now)}"
    if anomaly.kind == "silent":
        missing = formats.count(anomaly.messages)
        return f"{where}: silent {since}. In these hours, about {missing} messages are usual."
    if anomaly.kind == "slow":
        took, usual = (formats.duration(s) for s in (anomaly.seconds, anomaly.usual_seconds))
        return f"{where}: deliveries are slow {since}. 90% take up to {took}, usually {usual}."
    what = "failed" if anomaly.kind == "failed" else "are not delivered"
    of = f"{formats.count(anomaly.bad)} of {formats.count(anomaly.messages)} messages"
    usual = f"usually {formats.percent(anomaly.usual)}" if anomaly.usual else "usually none"
    said = f"{where}: {of} {what} {since} ({formats.percent(anomaly.share)}, {usual})"
    if not anomaly.codes:
        return f"{said}."
    word = "new code" if anomaly.new_code else "code" if len(anomaly.codes) == 1 else "codes"
    return f"{said}, {word} {' and '.join(code_words(code) for code in anomaly.codes)}."


def cause(anomaly: Anomaly, now: datetime) -> str | None:
    """The event of the account that may be the cause."""
    if not anomaly.cause:
        return None
    event = anomaly.cause
    said = account_words.sentence(event.field, event.event, event.value)
    return f"Near the start, {moment(event.at, now)}: {said}."


def place(anomaly: Anomaly) -> str:
    """The part of the traffic: `Number +4915…, market Brazil`."""
    names = {"number": "number", "campaign": "campaign", "market": "market", "source": "source"}
    parts = []
    for name, word in names.items():
        if name in anomaly.where:
            value = anomaly.where[name]
            if value is None:
                parts.append(f"messages without a {word}")
            else:
                parts.append(f"{word} {formats.number(value) if name == 'number' else value}")
    text = ", ".join(parts) or "all messages"
    return text[:1].upper() + text[1:]


def code_words(code: Code) -> str:
    """131026 (Message undeliverable)."""
    title = (code.title or "")[:LONGEST_TITLE]
    if code.code is None:
        return "without a number" + (f" ({title})" if title else "")
    return f"{code.code}" + (f" ({title})" if title else "")


def moment(at: datetime, now: datetime) -> str:
    """14:05 UTC, in the zone of `now`; with the day if it is another one."""
    at = at.astimezone(now.tzinfo)
    return f"{at:%H:%M} {at.tzinfo}" if at.date() == now.date() else formats.moment(at)


def link(anomaly: Anomaly) -> tuple[str, dict[str, str]]:
    """The page that shows more of it, and the filters of its address."""
    where = {name: value for name, value in anomaly.where.items() if value is not None}
    filters = {name: value for name, value in where.items() if name in FILTERS}
    if "campaign" in where:
        return "campaigns", filters | {"campaign": where["campaign"]}
    if "market" in where and anomaly.kind == "failed":
        return "countries", filters
    if anomaly.kind == "failed" and len(anomaly.codes) == 1 and anomaly.codes[0].code is not None:
        return "failures", filters | {"code": f"{anomaly.codes[0].dialect}-{anomaly.codes[0].code}"}
    return PAGES[anomaly.kind], filters
