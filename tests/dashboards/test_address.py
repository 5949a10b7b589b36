"""Links: each choice is in the page's address, and nothing in an address is dropped silently."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.dashboards.test_pages import choose, metrics, text
from tests.support.dashboard import Opened

pytestmark = pytest.mark.slow


def warnings(opened: object) -> str:
    return " ".join(warning.value for warning in opened.warning)  # type: ignore[attr-defined]


@pytest.mark.parametrize("value", ["7d", "7D", "7 days"])
def test_a_range_has_a_stable_id(app: Opened, busy: Path, value: str) -> None:
    opened = app.on(busy, range=value)

    assert opened.pills(key="range").value == "7d"
    assert opened.query_params["range"] in ("7d", ["7d"])
    assert "address" not in warnings(opened)


@pytest.mark.parametrize(
    "asked", [{"number": "999"}, {"category": "nonsense"}, {"source": "nowhere"}]
)
def test_an_unknown_value_is_kept_and_said(app: Opened, busy: Path, asked: dict[str, str]) -> None:
    opened = app.on(busy, **asked)

    ((name, value),) = asked.items()
    assert opened.multiselect(key=name).value == [value]
    assert opened.query_params[name] in (value, [value])
    assert "No message of the last 30 days has" in text(opened)
    assert not metrics(opened)


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        ({"category": "Marketing"}, ["marketing"]),
        ({"number": "+15550001111"}, ["15550001111"]),
        ({"number": " 15550001111"}, ["15550001111"]),  # how browsers read a plus sign
    ],
)
def test_a_value_may_be_written_as_it_is_shown(
    app: Opened, busy: Path, asked: dict[str, str], chosen: list[str]
) -> None:
    opened = app.on(busy, **asked)

    (name,) = asked
    assert opened.multiselect(key=name).value == chosen
    assert metrics(opened)


@pytest.mark.parametrize(
    "asked",
    [
        {"range": "9x"},
        {"from": "a", "to": "b"},
        {"from": "2026-01-05"},
        {"from": "2026-02-01", "to": "2026-01-01"},
        {"from": "2999-01-01", "to": "2999-01-02"},
    ],
)
def test_a_range_that_does_not_exist_is_said(
    app: Opened, busy: Path, asked: dict[str, str]
) -> None:
    opened = app.on(busy, **asked)

    assert not opened.exception
    assert "address" in warnings(opened)
    assert opened.pills(key="range").value == "24h"


def test_custom_days_are_in_the_address(app: Opened, busy: Path) -> None:
    last = datetime.now(UTC).date() - timedelta(days=1)
    first = last - timedelta(days=3)

    opened = app.on(busy, **{"from": first.isoformat(), "to": last.isoformat()})

    assert opened.pills(key="range").value == "custom"
    assert opened.date_input(key="days").value == (first, last)
    assert f"{first:%-d %b %Y}, 00:00" in opened.caption[0].value

    opened.date_input(key="days").set_value((first, first)).run()
    assert opened.query_params["to"] in (first.isoformat(), [first.isoformat()])


@pytest.mark.parametrize(
    ("page", "name", "value", "other"),
    [
        ("delivery", "split", "category", "number"),
        ("delivery", "wait", "read", None),
        ("conversations", "basis", "referral", "category"),
    ],
)
def test_the_choices_of_a_page_are_in_the_address(
    app: Opened, busy: Path, page: str, name: str, value: str, other: str | None
) -> None:
    opened = app.on(busy, page, range="7d", **{name: value})

    buttons = opened.segmented_control(key=name)
    assert buttons.value == value
    if other:
        buttons.set_value(other).run()
        assert opened.segmented_control(key=name).value == other
        assert value not in opened.query_params.get(name, [])


def test_a_code_in_the_address_is_opened(app: Opened, busy: Path) -> None:
    opened = app.on(busy, "failures", range="7d", code="cloud-131026")
    assert opened.multiselect(key="code").value == ["cloud-131026"]
    assert "What to do" in text(opened)

    unknown = app.on(busy, "failures", range="7d", code="cloud-1")
    assert r"No message of the last 30 days has 1 \(cloud\)." in text(unknown)
    assert unknown.query_params["code"] in ("cloud-1", ["cloud-1"])


def test_the_address_follows_a_choice_and_the_next_page_keeps_it(app: Opened, busy: Path) -> None:
    opened = app.on(busy, range="7d")
    choose(opened, number=["34655500033"])
    assert opened.query_params["number"] in ("34655500033", ["34655500033"])

    opened.pills(key="range").set_value("24h").run()
    assert "range" not in opened.query_params
