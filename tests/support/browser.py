"""The dashboard in a process of its own, and a real browser to look at it."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect, sync_playwright

from tests.support.ports import HOST, free_port
from tests.support.process import Child

CHROMIUM = shutil.which("chromium")
FLAGS = [
    f"--{name}"
    for name in (
        "headless=new",
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
    )
]
# Milliseconds that the browser may need to show something on a busy machine.
PATIENCE = 120_000
OPENINGS = 60
SERVE = """
import sys
from pathlib import Path
from dashboards.server import serve
config = Path(sys.argv[3]) if sys.argv[3:] else None
sys.exit(serve(Path(sys.argv[1]), port=int(sys.argv[2]), config=config))
"""


@contextmanager
def served(
    folder: Path, log: Path, *, port: int | None = None, config: Path | None = None
) -> Iterator[str]:
    """The dashboard of a warehouse in a process of its own; its address."""
    port = port or free_port()
    more = [str(config)] if config else []
    child = Child([sys.executable, "-c", SERVE, str(folder), str(port), *more], log=log)
    child.start()
    url = f"http://{HOST}:{port}"
    try:
        for _ in range(1200):
            if _healthy(url):
                break
            assert child.running, child.tail()
            time.sleep(0.1)
        yield url
    finally:
        code = child.stop()
    assert code == 0, child.tail()


def _healthy(url: str) -> bool:
    # To read the certificates of all authorities takes longer than to ask.
    try:
        return httpx.get(f"{url}/_stcore/health", trust_env=False, verify=False).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def chromium() -> Iterator[Browser]:
    """A real browser; skips the test on a machine without one."""
    if not CHROMIUM:
        pytest.skip("NO BROWSER TEST: there is no chromium on this machine")
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, timeout=PATIENCE)
        yield started
        started.close()


def watched(page: Page, url: str) -> tuple[list[str], list[str]]:
    """Addresses elsewhere that a page asks for, and errors of its scripts, as they come."""
    strangers: list[str] = []
    local = (url, url.replace("http", "ws", 1), "data:", "blob:")
    page.on(
        "request",
        lambda request: None if request.url.startswith(local) else strangers.append(request.url),
    )
    return strangers, script_errors(page)


def script_errors(page: Page) -> list[str]:
    """Errors of a page's scripts, as they come."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors


def choose(box: Locator, option: Locator) -> str:
    """Opens a combobox and clicks one of its options; returns the option's text.

    The list closes when the page scrolls or is drawn anew under it: then it is opened again.
    """
    for _ in range(OPENINGS):
        box.press("ArrowDown")
        try:
            text = option.inner_text(timeout=PATIENCE / OPENINGS)
            option.click(timeout=PATIENCE / OPENINGS)
        except TimeoutError:
            continue
        return text
    raise AssertionError(f"{option} could not be clicked in {OPENINGS} openings")


def go_to(page: Page, name: str) -> None:
    """Clicks a page's name in the sidebar."""
    page.get_by_test_id("stSidebarNavLink").filter(has_text=name).click()
