"""Numbers and times as people read them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

# What Streamlit's markup may mean something by: links and pictures would be fetched.
MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|$:~^=&])")
# Streamlit looks for addresses, icons (:name:) and arrows once more after it has removed the
# backslashes. A character without width at these places keeps it from finding them.
SECOND_LOOK = re.compile(r"(?<=:)|(?=@)|(?<=www)(?=\.)|(?<=[-<>~=])(?=[-<>=])", re.IGNORECASE)
JOINER = "\N{WORD JOINER}"
CODE = re.compile(r"(`[^`]+`)")

Text = Callable[[str], str]

NOTHING = "–"
# Between a number and its unit, so that no line breaks there.
GAP = "\N{NO-BREAK SPACE}"
# From this many times as much on, a change is written as a factor.
TIMES = 10
# The values of the catalogue's column `retry`.
RETRY = {"yes": "Sending again helps", "later": "Send again later", "no": "Do not send again"}


def count(value: float | None) -> str:
    """1234 -> 1,234."""
    return NOTHING if value is None else f"{value:,.0f}"


def percent(value: float | None) -> str:
    """0.984 -> 98.4%; never rounded to all or nothing where it is not."""
    if value is None:
        return NOTHING
    shown = f"{value:.1%}"
    if value < 1 and shown == "100.0%":
        return "99.9%"
    return "<0.1%" if value > 0 and shown == "0.0%" else shown


def money(amount: Decimal, currency: str) -> str:
    """1234.5 -> USD 1,234.50; never rounded to nothing where it is not."""
    shown = f"{amount:,.2f}" if amount >= Decimal("0.01") or not amount else "<0.01"
    return f"{currency} {shown}"


def change(now: float, before: float) -> str | None:
    """The relative change of a count, signed; None where there was nothing before."""
    if not before:
        return None
    if now >= TIMES * before:
        return f"+{GAP}×{now / before:.0f}"
    return _unsigned_zero(f"{(now - before) / before:+.0%}")


def points(now: float | None, before: float | None) -> str | None:
    """The change of a rate in percentage points, signed."""
    if now is None or before is None:
        return None
    return _unsigned_zero(f"{(now - before) * 100:+.1f}{GAP}pp")


def duration(seconds: float | None) -> str:
    """0.8 -> 0.8 s, 75 -> 1 min 15 s, 1000 -> 17 min, 9000 -> 2 h 30 min, 200000 -> 2 d 8 h."""
    if seconds is None:
        return NOTHING
    if seconds < 10:
        return f"{seconds:.1f} s".replace(".0 ", " ")
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    if round(seconds) < 600:
        return _two(round(seconds), 60, "min", "s")
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return _two(minutes, 60, "h", "min")
    return _two(round(minutes / 60), 24, "d", "h")


def age(gone: timedelta) -> str:
    """How long ago, coarsely: `4 s`, `12 min`, `3 h`, `5 d`."""
    seconds = max(gone.total_seconds(), 0)
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def size(amount: float) -> str:
    """Bytes: 900 -> 900 B, 1234567 -> 1.2 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f}{GAP}{unit}" if unit == "B" else f"{amount:.1f}{GAP}{unit}"
        amount /= 1000
    return f"{amount:,.1f}{GAP}TB"


def rate(events: float, seconds: float) -> str:
    """3600 in an hour -> 1 a second; 90 in an hour -> 1.5 a minute; 2 in a day -> 0.1 an hour."""
    each = events / seconds if seconds else 0.0
    unit = "a second" if each >= 1 else "a minute" if each >= 1 / 60 else "an hour"
    amount = each * {"a second": 1, "a minute": 60, "an hour": 3600}[unit]
    shown = f"{amount:,.0f}" if amount >= 10 else f"{amount:.1f}".removesuffix(".0")
    return f"{'<0.1' if amount and shown == '0' else shown} {unit}"


def moment(value: datetime) -> str:
    """21 Nov 2026, 14:05 Asia/Kolkata: in the zone of the value, which it must have."""
    return f"{value:%-d %b %Y, %H:%M} {value.tzinfo}"


def time_range(since: datetime, until: datetime) -> str:
    """21 Nov 2026, 09:00 – 14:05 Asia/Kolkata; both days where they differ."""
    end = f"{until:%H:%M}" if since.date() == until.date() else f"{until:%-d %b %Y, %H:%M}"
    return f"{since:%-d %b %Y, %H:%M} – {end} {since.tzinfo}"


def day_range(first: date, last: date) -> str:
    """14 Nov 2026 – 21 Nov 2026; one day where they are the same."""
    return f"{first:%-d %b %Y}" if first == last else f"{first:%-d %b %Y} – {last:%-d %b %Y}"


def number(value: str) -> str:
    """A business number with its plus sign; anything else as it is."""
    return f"+{value}" if value.isdigit() else value


def words(value: str) -> str:
    """A provider's name for something, as words: marketing_lite -> Marketing lite."""
    text = value.replace("_", " ").replace("-", " ").strip()
    return text[:1].upper() + text[1:]


def escaped(text: str) -> str:
    """A text of somebody else's for where markup is read: it shows as it is, on one line."""
    return _literal(" ".join(text.split()))


def prose(text: str) -> str:
    """A text of ours that may quote others, such as an error: only its `code` is markup."""
    return "".join(
        part if part.startswith("`") else _literal(part)
        for part in CODE.split(" ".join(text.split()))
    )


def retry(value: str) -> str:
    """Whether it helps to send a message again, from the column `retry` of the catalogue."""
    return escaped(RETRY.get(value, value))


def _literal(text: str) -> str:
    return MARKUP.sub(r"\\\1", SECOND_LOOK.sub(JOINER, text))


def _two(amount: int, size: int, large: str, small: str) -> str:
    whole, rest = divmod(amount, size)
    return f"{whole} {large} {rest} {small}" if rest else f"{whole} {large}"


def _unsigned_zero(text: str) -> str:
    value = text.split()[0]
    return text if float(value.rstrip("%")) else text.lstrip("+-")
