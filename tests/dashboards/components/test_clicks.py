"""A click on a row or a bar sets a filter, seen with a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import PATIENCE, served

# Where the first row's box is in a table: pixels from its top left corner.
BOX = {"x": 20, "y": 60}


@pytest.mark.browser
def test_a_row_or_a_bar_sets_a_filter_and_a_second_click_clears_it(
    busy: Path, tmp_path: Path, browser: Browser
) -> None:
    with served(busy, tmp_path / "log") as url:
        page = browser.new_page(viewport={"width": 1280, "height": 1600})
        page.set_default_timeout(PATIENCE)

        page.goto(f"{url}/failures?range=7d")
        row(page)
        expect(page).to_have_url(re.compile("code=cloud-"))
        expect(page.get_by_text("error code 1")).to_be_visible()
        expect(page.get_by_text("What to do:")).to_be_visible()
        row(page)
        expect(page).not_to_have_url(re.compile("code="))

        page.goto(f"{url}/countries?range=7d")
        bar = page.locator("[data-testid=stVegaLiteChart] svg .mark-rect path").first
        name = str(bar.get_attribute("aria-label")).split(",")[0]
        ready = ("data-test-script-state", "notRunning")
        expect(page.get_by_test_id("stApp")).to_have_attribute(*ready)
        bar.click()
        expect(page).to_have_url(re.compile("market="))
        expect(page.get_by_text(f"market {name}")).to_be_visible()

        page.goto(f"{url}/campaigns?range=7d")
        row(page)
        expect(page).to_have_url(re.compile("campaign="))
        expect(page.get_by_text("Failed recipients").first).to_be_visible()
        page.close()  # a process that ends amid a query may not end cleanly


def row(page: Page) -> None:
    """Clicks the box of the first row of the first table."""
    table = page.get_by_test_id("stDataFrame").first
    expect(table.locator("canvas").first).to_be_visible()
    # While the page is drawn, another table may take the place of this one.
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    table.click(position=BOX)  # type: ignore[arg-type]
