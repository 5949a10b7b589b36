"""Texts from webhooks stay texts in a real browser: no link, no picture, no request elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dashboards.page_filters import PAGES
from tests.dashboards.test_pages import EVERY_PAGE
from tests.support import hostile
from tests.support.browser import OPENINGS, PATIENCE, choose, served, watched
from tests.support.dashboard import Opened
from tests.support.lake import Lake

pytestmark = pytest.mark.slow

# Each in every text column of every table.
TEXTS = (
    "![](http://evil.example/a.png) [t](http://evil.example/b)",
    "http://evil.example/c HTTPS://evil.example Www.evil.example you@evil.example",
    "<img src=http://evil.example/d> <a href=http://evil.example/e>x</a>",
    ":material/home: :smile: :red[x] :streamlit: $x$ `evil` **b** ~~s~~ :small[y]",
    "data:image/png;base64,AAAA",
)
# What Streamlit makes of markup, other than what the pages themselves use.
RENDERED = "a[href], img, video, audio, iframe, del, .katex, [aria-label='home icon']"
# What the pages use themselves, but never with these words alone.
STYLED, WORDS = "span, strong, small, code", ["x", "y", "b", "evil"]
TEXT = ":is([data-testid=stMarkdownContainer], [data-testid=stTooltipContent])"
CODE = re.compile("code=")
# What the pages about one message and about dead letters show more of.
ONE = urlencode({"id": TEXTS[0], "reason": "malformed_json"})
FILTERS = ("number", "category", "source")
CHOSEN = urlencode([(name, text) for name in FILTERS for text in reversed(TEXTS)])


@pytest.fixture
def hostile_folder(tmp_path: Path) -> Path:
    lake = Lake(tmp_path / "data")
    with lake.connection:
        hostile.land(lake, list(TEXTS), times=1)
    return tmp_path / "data"


@pytest.mark.browser
def test_no_text_of_a_webhook_is_rendered_and_no_request_leaves(
    hostile_folder: Path, tmp_path: Path, browser: Browser
) -> None:
    """On every page, and in the names of filters on the first; each night, on every page."""
    visits = [*((name, "") for name in EVERY_PAGE), ("overview", CHOSEN)]
    with served(hostile_folder, tmp_path / "log") as url:
        visit(browser, url, visits)


@pytest.mark.browser
@pytest.mark.nightly
def test_nor_is_it_in_the_names_of_filters_on_any_page(
    hostile_folder: Path, tmp_path: Path, browser: Browser
) -> None:
    with served(hostile_folder, tmp_path / "log") as url:
        visit(browser, url, [(name, CHOSEN) for name in EVERY_PAGE])


def visit(browser: Browser, url: str, visits: Sequence[tuple[str, str]]) -> None:
    """Opens pages, each with these filters, and looks for what only markup makes."""
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    strangers, errors = watched(page, url)
    for name, filters in visits:
        path = "" if name == "overview" else name
        page.goto(f"{url}/{path}?range=30+days&{ONE}&{filters}")
        expect(page.get_by_test_id("stMetric").first).to_be_visible()
        expect(page.get_by_test_id("stSpinner")).to_have_count(0)
        if filters and PAGES[name]:  # the first values are named
            assert ":\N{WORD JOINER}material/home:" in page.content()
        if name == "failures":
            look_into_each_code(page)
        assert rendered(page) == [], name
    assert strangers == []
    assert errors == []


def look_into_each_code(page: Page) -> None:
    """Opens the details of the first codes in turn."""
    box = page.get_by_role("combobox", name="Error code")
    if not box.count():  # with the filters, there are no details
        return
    for number in range(3):
        codes = page.get_by_role("option").filter(has_not_text="Select all")
        choose(box, codes.nth(number))
        expect(page).to_have_url(CODE)
        expect(page.get_by_text("Recipients are not shown")).to_be_visible()
        remove(box, page)


def remove(box: Locator, page: Page) -> None:
    """Removes the chosen code. A key that is pressed while the page is drawn anew does nothing."""
    for _ in range(OPENINGS):
        box.press("Backspace")
        with suppress(AssertionError):
            expect(page).not_to_have_url(CODE, timeout=PATIENCE / OPENINGS)
            return
    expect(page).not_to_have_url(CODE)


def rendered(page: Page) -> list[str]:
    """Elements inside the texts that only markup makes."""
    made = page.locator(f"{TEXT} :is({RENDERED})").evaluate_all("all => all.map(e => e.outerHTML)")
    styled = page.locator(f"{TEXT} :is({STYLED})").all_inner_texts()
    return [*made, *(text for text in styled if text.strip() in WORDS)]


def test_the_path_in_an_error_is_not_read_as_markup(app: Opened, tmp_path: Path) -> None:
    opened = app.on(tmp_path / "_a_ **b** [t](http:x)")

    assert r"\_a\_ \*\*b\*\* \[t\]\(http" in "".join(found.value for found in opened.markdown)
    assert "`bluetick up`" in "".join(found.value for found in opened.markdown)
