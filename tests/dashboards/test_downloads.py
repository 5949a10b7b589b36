"""What a person downloads from a page is what the page shows."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, Page, TimeoutError, expect

from dashboards.components import formats
from tests.dashboards.test_pages import OTHERS, PAGES
from tests.support.browser import OPENINGS, PATIENCE, served
from tests.support.dashboard import Opened

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("page", [*PAGES, *OTHERS])
def test_every_page_offers_its_tables(app: Opened, busy: Path, page: str) -> None:
    opened = app.on(busy, page, range="7d")

    buttons = [button.proto.label for button in opened.get("download_button")]
    assert buttons
    assert buttons == ["CSV", "Parquet"] * (len(buttons) // 2)
    assert len(buttons) // 2 >= len(opened.dataframe)


@pytest.mark.browser
def test_files_hold_the_numbers_of_the_page(busy: Path, tmp_path: Path, browser: Browser) -> None:
    with served(busy, tmp_path / "log") as url:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{url}/?range=7d")
        messages = page.get_by_test_id("stMetricValue").first
        expect(messages).to_be_visible()
        page.get_by_role("button", name="Download", exact=True).click()

        sheet = list(csv.DictReader(io.StringIO(saved(page, "CSV").read_text("utf-8-sig"))))
        parquet = duckdb.read_parquet(str(saved(page, "Parquet"))).df()

        assert formats.count(sum(int(row["Messages"]) for row in sheet)) == messages.inner_text()
        assert {row["Business number"] for row in sheet} == set(parquet["Business number"])
        assert "Delivery rate (%)" in sheet[0]
        assert list(parquet["Messages"]) == [int(row["Messages"]) for row in sheet]


def saved(page: Page, kind: str) -> Path:
    """The file that a button gives."""
    ending = kind.lower()
    for _ in range(OPENINGS):  # the page may just be drawn anew
        try:
            with page.expect_download(timeout=PATIENCE / OPENINGS) as download:
                page.get_by_role("button", name=kind, exact=True).click()
            break
        except TimeoutError:
            continue
    else:
        raise AssertionError(f"{kind} was not downloaded in {OPENINGS} clicks")
    assert download.value.suggested_filename == f"bluetick-overview-business-numbers.{ending}"
    return Path(download.value.path())
