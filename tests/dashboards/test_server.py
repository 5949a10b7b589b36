"""The dashboard's process, used with a real browser."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from dashboards.components import formats
from tests.dashboards.test_pages import EVERY_PAGE, TITLES
from tests.support.browser import PATIENCE, SERVE, choose, go_to, script_errors, served, watched
from tests.support.ports import HOST
from tests.support.process import Child
from tests.support.traffic import CAMPAIGNS

Theme = Literal["light", "dark"]


def test_it_ends_cleanly_and_listens_on_loopback_only(empty: Path, tmp_path: Path) -> None:
    with served(empty, tmp_path / "log") as url:
        port = int(url.rsplit(":", 1)[1])
        others = {
            info[4][0] for info in socket.getaddrinfo(socket.gethostname(), port, socket.AF_INET)
        }
        for address in others - {HOST}:
            with pytest.raises(OSError, match="refused"), socket.create_connection((address, port)):
                pass


def test_a_taken_port_is_explained(empty: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        child = Child([sys.executable, "-c", SERVE, str(empty), str(port)], log=tmp_path / "log")
        child.start()

        assert child.wait(120) == 1
    assert f"cannot listen on {HOST}:{port}" in child.tail()
    assert "Traceback" not in child.tail()


@pytest.mark.browser
def test_a_person_sees_numbers_and_filters_them(
    busy: Path, tmp_path: Path, browser: Browser
) -> None:
    with served(busy, tmp_path / "log") as url:
        page = browser.new_page(timezone_id="America/New_York")
        page.set_default_timeout(PATIENCE)
        strangers, errors = watched(page, url)

        page.goto(f"{url}/delivery?range=7d")  # a deep link, as the very first visit
        expect(page.get_by_role("heading", name="Delivery")).to_be_visible()
        go_to(page, "Overview")
        expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        expect(page.get_by_text("Newest event").first).to_be_visible()
        expect(page.locator("[data-testid=stVegaLiteChart] svg")).to_be_visible()
        everything = value_of(page, "Messages")
        assert everything > 0

        numbers = page.get_by_role("combobox", name="Business number")
        choose(numbers, page.get_by_role("option", name="+34655500033"))
        expect(page.get_by_text("· +34655500033 ·")).to_be_visible()
        # The page may show its texts before its figures.
        expect(tile(page, "Messages")).not_to_have_text(formats.count(everything))
        assert 0 < value_of(page, "Messages") < everything
        assert "number=34655500033" in page.url

        for name in ("Failures", "Conversations", "Pricing"):
            go_to(page, name)
            expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
            expect(page.get_by_text("· +34655500033 ·")).to_be_visible()
            expect(page.locator("[data-testid=stVegaLiteChart] svg").first).to_be_visible()

        assert not page.locator("[data-testid=stException]").count()
        assert strangers == []
        assert errors == []


# Contrast depends on the theme, and what fits on the width.
WIDTHS: dict[Theme, tuple[int, ...]] = {"light": (390, 1280, 1920), "dark": (1280,)}
USUAL = 1280
# What else a page needs in its address to show all that it has.
MORE = {
    "campaigns": "".join(f"&campaign={name}" for name in CAMPAIGNS["marketing"]),
    "messages": "&id=wamid.00000003",
    "events": "&show=all",
    "pipeline": "&reason=missing_id",
}
WALK = (Path(__file__).parents[1] / "support" / "walk.js").read_text("utf-8")
# Streamlit's client asks for these below the page's path first, and then at the root.
ASKED_TWICE = ("/_stcore/health", "/_stcore/host-config")


@pytest.mark.browser
def test_nothing_is_cut_off_or_pale_on_any_page(
    busy: Path, tmp_path: Path, browser: Browser
) -> None:
    """Each page once, and the first at all widths and in both themes; each night, all of them."""
    with served(busy, tmp_path / "log") as url:
        light = dict.fromkeys(EVERY_PAGE, (USUAL,)) | {"overview": WIDTHS["light"]}
        walk(browser, url, "light", light)
        walk(browser, url, "dark", {"overview": WIDTHS["dark"]})


@pytest.mark.browser
@pytest.mark.nightly
@pytest.mark.parametrize("theme", WIDTHS)
def test_nor_is_it_at_any_width_in_any_theme(
    busy: Path, tmp_path: Path, browser: Browser, theme: Theme
) -> None:
    with served(busy, tmp_path / "log") as url:
        walk(browser, url, theme, dict.fromkeys(EVERY_PAGE, WIDTHS[theme]))


def walk(browser: Browser, url: str, theme: Theme, widths: Mapping[str, Sequence[int]]) -> None:
    """Opens these pages at their widths, and looks for what a person could not read there."""
    found: list[str] = []
    titles = set()
    page = browser.new_page(color_scheme=theme)
    page.set_default_timeout(PATIENCE)
    errors = script_errors(page)
    page.on("console", lambda message: errors.extend(complaints(message)))
    for name, of_page in widths.items():
        for width in of_page:
            page.set_viewport_size({"width": width, "height": 1200})
            page.goto(f"{url}/{'' if name == 'overview' else name}?range=7d{MORE.get(name, '')}")
            if name != "messages":
                expect(page.locator("[data-testid=stVegaLiteChart] svg").last).to_be_visible()
            expect(page.get_by_test_id("stMetric").first).to_be_visible()
            # A menu is pale until all that it holds has arrived.
            ready = ("data-test-script-state", "notRunning")
            expect(page.get_by_test_id("stApp")).to_have_attribute(*ready)
            if page.locator("[data-testid=stException]").count():
                found.append(f"{name}: an exception")
            found += [f"{name} at {width}: {what}" for what in page.evaluate(WALK)]
        titles.add(page.title())
    page.close()
    assert not found, "\n".join(found)
    assert not errors, "\n".join(errors)
    assert titles == {f"{TITLES[name]} · Bluetick" for name in widths}


def complaints(message: ConsoleMessage) -> list[str]:
    """The text of an error in the browser's console."""
    asked_twice = message.location["url"].endswith(ASKED_TWICE)
    said = f"{message.text} {message.location['url']}"
    return [said] if message.type == "error" and not asked_twice else []


def tile(page: Page, label: str) -> Locator:
    """The element with a tile's number."""
    found = page.get_by_test_id("stMetric").filter(has_text=re.compile(f"^{label}"))
    return found.get_by_test_id("stMetricValue")


def value_of(page: Page, label: str) -> int:
    """A tile's number."""
    return int(tile(page, label).inner_text().replace(",", ""))
