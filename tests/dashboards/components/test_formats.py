from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from dashboards.components import formats


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0, "0.0%"),
        (0.984, "98.4%"),
        (1, "100.0%"),
        (0.99999, "99.9%"),
        (0.0001, "<0.1%"),
    ],
)
def test_a_share_is_never_rounded_to_all_or_nothing(value: float | None, text: str) -> None:
    assert formats.percent(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "0 s"),
        (0.84, "0.8 s"),
        (4, "4 s"),
        (59.4, "59 s"),
        (59.9, "1 min"),
        (75, "1 min 15 s"),
        (599.7, "10 min"),
        (1000, "17 min"),
        (3599, "1 h"),
        (9000, "2 h 30 min"),
        (86_399, "1 d"),
        (200_000, "2 d 8 h"),
    ],
)
def test_durations_have_a_readable_unit(seconds: float | None, text: str) -> None:
    assert formats.duration(seconds) == text


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (110, 100, "+10%"),
        (50, 100, "-50%"),
        (100, 100, "0%"),
        (5, 0, None),
        (1001, 1000, "0%"),
        (970, 10, "+\u00a0×97"),
    ],
)
def test_a_change_is_signed_unless_there_is_none(now: int, before: int, text: str | None) -> None:
    assert formats.change(now, before) == text


def test_a_rate_changes_in_points() -> None:
    assert formats.points(0.9, 0.88) == "+2.0\u00a0pp"
    assert formats.points(0.9, 0.90001) == "0.0\u00a0pp"
    assert formats.points(None, 0.5) is None


def test_counts_numbers_and_names() -> None:
    assert formats.count(1_234_567) == "1,234,567"
    assert formats.count(None) == "–"
    assert formats.number("15550001111") == "+15550001111"
    assert formats.number("not stated") == "not stated"
    assert formats.words("free_entry-point") == "Free entry point"


def test_ages_and_spans() -> None:
    assert [formats.age(timedelta(seconds=s)) for s in (-3, 4, 90, 7200, 200_000)] == [
        "0 s", "4 s", "1 min", "2 h", "2 d",
    ]  # fmt: skip
    nine, noon = (datetime(2026, 11, 21, hour, tzinfo=UTC) for hour in (9, 12))
    assert formats.time_range(nine, noon) == "21 Nov 2026, 09:00 – 12:00 UTC"
    assert formats.time_range(nine, noon + timedelta(days=1)).endswith("– 22 Nov 2026, 12:00 UTC")
    assert formats.day_range(date(2026, 11, 1), date(2026, 11, 1)) == "1 Nov 2026"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Media upload error", "Media upload error"),
        ("![](https://x/y)", r"\!\[\]\(https\:_//x/y\)"),
        (":red[a] $x$ *b* `c` <d>", r"\:_red\[a\] \$x\$ \*b\* \`c\` \<d\>"),
        ("WWW.x.y a@x.y :smile: <- ->", r"WWW_\.x\.y a_@x\.y \:_smile\:_ \<_\- \-_\>"),
        ("# two\n\n- lines\t", r"\# two \- lines"),
    ],
)
def test_texts_from_data_are_not_read_as_markup(text: str, shown: str) -> None:
    assert formats.escaped(text) == shown.replace("_", formats.JOINER)


def test_only_the_code_in_an_error_is_read_as_markup() -> None:
    assert formats.prose("no *x*: run `a *b*`, `c") == (
        rf"no \*x\*\:{formats.JOINER} run `a *b*`, \`c"
    )
