"""Every page in a time zone that a viewer chose, and the address with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from dashboards import login
from tests.dashboards.test_address import warnings
from tests.dashboards.test_pages import EVERY_PAGE, metrics, text
from tests.support.dashboard import Opened

pytestmark = pytest.mark.slow

ZONE = "Asia/Kathmandu"


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A dashboard whose zone is set to Kathmandu's."""
    file = tmp_path / "bluetick.toml"
    file.write_text(f'[dashboard]\nzone = "{ZONE}"\n')
    monkeypatch.setenv("BLUETICK_CONFIG", str(file))
    login.settings.cache_clear()
    yield
    login.settings.cache_clear()


@pytest.mark.parametrize("page", [*EVERY_PAGE, "sql"])
def test_a_page_shows_only_times_of_the_zone(app: Opened, busy: Path, page: str) -> None:
    opened = app.on(busy, page, range="7d", tz=ZONE)

    assert not opened.exception
    assert opened.selectbox(key="tz").value == ZONE
    words = text(opened)
    headings = [str(column) for table in opened.dataframe for column in table.value.columns]
    helps = [str(badge.proto.help) for badge in opened.metric]
    assert not [said for said in (words, *headings, *helps) if "UTC" in said]
    if page not in ("messages", "sql"):
        assert ZONE in words


def test_a_zone_is_in_the_address_and_stays_on_the_next_page(app: Opened, busy: Path) -> None:
    opened = app.on(busy, tz="asia/kolkata")  # in any case of letters
    assert opened.selectbox(key="tz").value == "Asia/Kolkata"
    assert opened.query_params["tz"] in ("Asia/Kolkata", ["Asia/Kolkata"])

    opened.selectbox(key="tz").set_value("America/New_York").run()
    assert opened.query_params["tz"] in ("America/New_York", ["America/New_York"])
    opened.switch_page("screens/pricing.py").run()
    assert "whole days (America/New_York)" in opened.caption[0].value

    opened.selectbox(key="tz").set_value("UTC").run()
    assert "tz" not in opened.query_params


def test_a_zone_that_does_not_exist_is_said(app: Opened, busy: Path) -> None:
    opened = app.on(busy, tz="Mars/Base")

    assert not opened.exception
    assert "time zone" in warnings(opened)
    assert opened.selectbox(key="tz").value == "UTC"
    assert opened.query_params["tz"] in ("Mars/Base", ["Mars/Base"])


@pytest.mark.usefixtures("configured")
def test_the_setting_is_the_zone_of_who_chooses_none(app: Opened, busy: Path) -> None:
    opened = app.on(busy)

    assert opened.selectbox(key="tz").value == ZONE
    assert ZONE in opened.caption[0].value
    assert "tz" not in opened.query_params

    opened.selectbox(key="tz").set_value("UTC").run()
    assert opened.query_params["tz"] in ("UTC", ["UTC"])
    assert "UTC" in opened.caption[0].value


def test_days_are_those_of_the_zone(app: Opened, busy: Path) -> None:
    day = datetime.now(UTC).date() - timedelta(days=2)

    opened = app.on(busy, **{"from": f"{day}", "to": f"{day}", "tz": ZONE})

    begins = f"{day:%-d %b %Y}, 00:00 – {day + timedelta(days=1):%-d %b %Y}, 00:00 {ZONE}"
    assert opened.caption[0].value.startswith(begins)
    assert metrics(opened)


def test_the_last_day_is_no_later_than_today_in_a_zone_chosen_later(
    app: Opened, busy: Path
) -> None:
    last = datetime.now(UTC) + timedelta(hours=14)  # today in the first zone to begin it
    first: date = last.date() - timedelta(days=3)

    opened = app.on(
        busy, **{"from": f"{first}", "to": f"{last.date()}", "tz": "Pacific/Kiritimati"}
    )
    assert opened.date_input(key="days").value == (first, last.date())

    opened.selectbox(key="tz").set_value("Pacific/Niue").run()  # 25 hours later
    assert not opened.exception
    _, shown = opened.date_input(key="days").value  # type: ignore[misc]
    assert shown < last.date()
