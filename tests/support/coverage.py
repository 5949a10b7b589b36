"""Writes the tables of `docs/dialects.md` from the fixtures: `python -m tests.support.coverage`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from producer.normalise.dead_letter import DETAILS, UNEXPECTED
from producer.providers import PROVIDERS
from settings.dialects import AUTO, CANONICAL, DIALECTS
from tests.support.features import FEATURES
from tests.support.fixtures import Fixture, load
from tests.support.seeds import seed_sources

PAGE = Path(__file__).parents[2] / "docs" / "dialects.md"
BEGIN = "<!-- tables: written by `python -m tests.support.coverage`, do not edit -->\n"
END = "<!-- end of tables -->\n"

Json = dict[str, Any]

COLUMNS = {
    "cloud": "Cloud API",
    "bsp": "Cloud envelope of a BSP",
    "d360": "360dialog",
    "aws": "AWS",
    "twilio": "Twilio",
    "flat": "Flat bodies",
    "onprem": "On-Premises",
    "onprem_zh": "On-Premises, newer",
    "positus": "Positus",
    "engagelab": "EngageLab",
    "gupshup": "Gupshup",
    "infobip": "Infobip",
    "vonage": "Vonage",
    "ycloud": "YCloud",
    "sinch": "Sinch",
    "wati": "Wati",
    "bird": "Bird",
    "azure": "Azure Event Grid",
}


def _column(topic: str, *columns: str) -> Callable[[str, Json], bool]:
    """Whether a record of this table has a value in one of these columns."""
    return lambda table, record: table == topic and any(name in record for name in columns)


def _status(*names: str) -> Callable[[str, Json], bool]:
    return lambda table, record: table == "statuses" and record["status"] in names


def _message(*types: str) -> Callable[[str, Json], bool]:
    return lambda table, record: table == "messages" and record["type"] in types


def _account(*fields: str) -> Callable[[str, Json], bool]:
    return lambda table, record: table == "account_events" and record["field"] in fields


MEDIA = ("image", "video", "audio", "voice", "document", "sticker", "media")
REPLIES = ("button", "interactive", "choice_response")
TEMPLATE_STATUS = ("message_template_status_update", "whatsapp.template.reviewed")

# What a provider reports, by the records that its payloads become.
REPORTS: dict[str, Callable[[str, Json], bool]] = {
    "its queue": _status("accepted", "enqueued", "queued", "submitted"),
    "sent": _status("sent"),
    "delivered": _status("delivered"),
    "read": _status("read"),
    "failed": _status("failed"),
    "error code": _column("statuses", "error_code"),
    "error text": _column("statuses", "error_title", "error_message", "error_details"),
    "conversation": _column("statuses", "conversation_id"),
    "price model": _column("statuses", "pricing_model"),
    "category": _column("statuses", "category"),
    "billable": _column("statuses", "billable"),
    "user id": _column("statuses", "recipient_user_id"),
    "callback data": _column("statuses", "callback_data"),
    "messages": _column("messages", "message_id"),
    "media": _message(*MEDIA),
    "buttons, lists": _message(*REPLIES),
    "reactions": _message("reaction"),
    "sender's name": _column("messages", "sender_name"),
    "reply to": _column("messages", "context_message_id"),
    "template": _column("statuses", "template_id"),
    "ad": _column("messages", "referral_source_id"),
    "account events": _column("account_events", "field"),
    "template status": _account(*TEMPLATE_STATUS),
}
# The same, by the features that its payloads show.
SHOWN = {
    "its number": "business number in the payload",
    "template": "templates named in the payload",
}
# Folders of fixtures without a provider of their own.
NO_PROVIDER = ("flat",)


def _reports() -> str:
    """What each provider reports: a mark where a payload in the tests has it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for fixture in load():
        found[fixture.dialect] |= {name for name, it in SHOWN.items() if it in fixture.features}
        for event in fixture.expected():
            for name, shows in REPORTS.items():
                if shows(event["topic"], event["record"]):
                    found[fixture.dialect].add(name)
    names = list(dict.fromkeys((*REPORTS, *SHOWN)))
    lines = [f"| provider | {' | '.join(names)} |", f"|---|{':-:|' * len(names)}"]
    for folder, title in COLUMNS.items():
        lines.append(f"| {title} | {' | '.join(_mark(name in found[folder]) for name in names)} |")
    return "\n".join(lines) + "\n"


def _mark(shown: bool) -> str:
    return "✓" if shown else ""


def _connections() -> str:
    """How each provider is recognised and authenticated, by what the code declares of it."""
    names = (
        *("provider", "`dialect`", "recognised with `auto`", "each body names the number"),
        *("names the time", "`auth`", "body signed", "address signed", "old posts refused"),
        "asks first",
    )
    lines = [f"| {' | '.join(names)} |", f"|---|---|:-:|:-:|:-:|---|{':-:|' * 4}"]
    for folder, title in COLUMNS.items():
        if folder not in NO_PROVIDER:
            lines.append(f"| {title} | {' | '.join(_connection(folder))} |")
    return "\n".join(lines) + "\n"


def _connection(folder: str) -> list[str]:
    table = seed_sources().get(folder, {"dialect": CANONICAL, "auth": "hmac"})
    name, auths = table["dialect"], [table["auth"]]
    dialect, provider = DIALECTS[name], PROVIDERS[name]
    if provider.signature and "signature" not in auths:
        auths.insert(0, "signature")
    signature = provider.signature if "signature" in auths else None
    marks = (
        any(_recognised(fixture, name) for fixture in load() if fixture.dialect == folder),
        dialect.names_business_number,
        dialect.names_time,
        not {"hmac", "signature"}.isdisjoint(auths),
        signature is not None and "public_url" in (dialect.signature_needs or ()),
        signature is not None and signature.timed,
        folder == CANONICAL or provider.handshake is not None,
    )
    found = [f"`{name}`", *map(_mark, marks)]
    found.insert(4, " or ".join(f"`{auth}`" for auth in auths))
    return found


def _recognised(fixture: Fixture, dialect: str) -> bool:
    """Whether a source without a dialect reads this payload as one of this dialect."""
    automatic = replace(fixture, arguments={**fixture.arguments, "dialect": AUTO})
    return any(event.record["dialect"] == dialect for event in automatic.normalise())


def tables() -> str:
    """All tables, as Markdown."""
    fixtures = load()
    features = Counter((name, found.dialect) for found in fixtures for name in found.features)
    statuses: Counter[tuple[str, str]] = Counter()
    types: Counter[tuple[str, str]] = Counter()
    fields: defaultdict[str, set[str]] = defaultdict(set)
    reasons: Counter[tuple[str, str]] = Counter()
    for fixture in fixtures:
        for event in fixture.expected():
            record = event["record"]
            if event["topic"] == "statuses":
                kind = "" if record["kind"] == "message" else f" ({record['kind']})"
                statuses[record["status"] + kind, fixture.dialect] += 1
            elif event["topic"] == "messages":
                types[record["type"], fixture.dialect] += 1
            elif event["topic"] == "account_events":
                fields[record["field"]].add(record.get("event") or "")
            elif event["topic"] == "dead_letters":
                reasons[record["reason"], fixture.dialect] += 1
    sizes = Counter(("payloads", fixture.dialect) for fixture in fixtures)
    parts = ["## What each provider reports\n", _reports()]
    parts += ["## How each provider is connected\n", _connections()]
    parts += ["## Payloads tested\n", _table("", ["payloads"], sizes)]
    for group, names in FEATURES.items():
        parts += [f"## {group}\n", _table("payloads with", names, features)]
    parts += ["## Status values\n", _table("statuses", _names(statuses), statuses, code=True)]
    parts += ["## Message types\n", _table("messages", _names(types), types, code=True)]
    parts += ["## Account fields\n", _fields(fields)]
    parts += ["## Dead letters\n", _reasons(reasons)]
    return "\n".join(parts)


def _names(counts: Iterable[tuple[str, str]]) -> list[str]:
    return sorted({name for name, _ in counts})


def _table(
    title: str, names: Iterable[str], counts: Mapping[tuple[str, str], int], *, code: bool = False
) -> str:
    lines = [
        f"| {title} | {' | '.join(COLUMNS.values())} |",
        f"|---|{'---:|' * len(COLUMNS)}",
    ]
    for name in names:
        cells = [str(counts.get((name, column), 0) or "") for column in COLUMNS]
        lines.append(f"| {f'`{name}`' if code else name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _fields(fields: Mapping[str, set[str]]) -> str:
    lines = ["| `field` | `event` |", "|---|---|"]
    for field in sorted(fields):
        events = ", ".join(f"`{event}`" for event in sorted(fields[field]) if event)
        lines.append(f"| `{field}` | {events or 'null'} |")
    return "\n".join(lines) + "\n"


def _reasons(reasons: Mapping[tuple[str, str], int]) -> str:
    lines = ["| `reason` | means | in tests |", "|---|---|---:|"]
    for reason, detail in DETAILS.items():
        if reason != UNEXPECTED:
            count = sum(reasons.get((reason, column), 0) for column in COLUMNS)
            lines.append(f"| `{reason}` | {detail} | {count or ''} |")
    return "\n".join(lines) + "\n"


def page() -> str:
    """The page with its tables updated."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
