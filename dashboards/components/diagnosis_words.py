"""What is wrong, in sentences: for the page Overview and for `bluetick diagnose`."""

from __future__ import annotations

from datetime import datetime

from dashboards.components import account_words, formats
from warehouse.diagnosis.cells import Code
from warehouse.diagnosis.finding import Finding

# Where more is to be seen: the page, and what its address calls a dimension.
PAGES = {
    "failed": "failures", "undelivered": "delivery", "slow": "delivery", "silent": "pipeline",
}  # fmt: skip
LONGEST_TITLE = 100


def sentence(finding: Finding, now: datetime) -> str:
    """What is wrong, where, since when, and how many messages it concerns."""
    where = place(finding)
    since = f"since {moment(finding.since, now)}"
    if finding.until:
        since = f"from {moment(finding.since, now)} to {moment(finding.until, now)}"
    if finding.kind == "silent":
        missing = formats.count(finding.messages)
        return f"{where}: silent {since}. In these hours, about {missing} messages are usual."
    if finding.kind == "slow":
        took, usual = (formats.duration(s) for s in (finding.seconds, finding.usual_seconds))
        return f"{where}: deliveries are slow {since}. 90% take up to {took}, usually {usual}."
    what = "failed" if finding.kind == "failed" else "are not delivered"
    of = f"{formats.count(finding.bad)} of {formats.count(finding.messages)} messages"
    usual = f"usually {formats.percent(finding.usual)}" if finding.usual else "usually none"
    said = f"{where}: {of} {what} {since} ({formats.percent(finding.share)}, {usual})"
    if not finding.codes:
        return f"{said}."
    word = "new code" if finding.new_code else "code" if len(finding.codes) == 1 else "codes"
    return f"{said}, {word} {' and '.join(code_words(code) for code in finding.codes)}."


def cause(finding: Finding, now: datetime) -> str | None:
    """The event of the account that may be the cause."""
    if not finding.cause:
        return None
    event = finding.cause
    said = account_words.sentence(event.field, event.event, event.value)
    return f"Near the start, {moment(event.at, now)}: {said}."


def place(finding: Finding) -> str:
    """The part of the traffic: `Number +4915…, market Brazil`."""
    names = {"number": "number", "campaign": "campaign", "market": "market", "source": "source"}
    parts = []
    for name, word in names.items():
        if name in finding.where:
            value = finding.where[name]
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
    """14:05 UTC; with the day if it is another one."""
    return f"{at:%H:%M} UTC" if at.date() == now.date() else formats.moment(at)


def link(finding: Finding) -> tuple[str, dict[str, str]]:
    """The page that shows more of it, and the filters of its address."""
    where = {name: value for name, value in finding.where.items() if value is not None}
    filters = {name: value for name, value in where.items() if name in ("number", "source")}
    if "campaign" in where:
        return "campaigns", filters | {"campaign": where["campaign"]}
    if "market" in where and finding.kind == "failed":
        return "countries", filters
    if finding.kind == "failed" and len(finding.codes) == 1 and finding.codes[0].code is not None:
        return "failures", filters | {"code": f"{finding.codes[0].dialect}-{finding.codes[0].code}"}
    return PAGES[finding.kind], filters
