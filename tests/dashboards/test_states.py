"""The text of every page if the warehouse is empty or cannot be read."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dashboards import faults, queries, warehouse_reader
from schemas.topics import ACCOUNT_EVENTS, ERRORS, MESSAGES
from tests.dashboards.test_pages import EVERY_PAGE, OTHERS, PAGES, text
from tests.support import states
from tests.support.dashboard import Opened, filled
from tests.support.traffic import Traffic
from warehouse.connection import Location

Fill = Callable[[Path], Any]
NEVER = "Newest event"
WAITING = "Waiting for the first message"


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Fill], Path]:
    """A data folder in the state that `fill` makes; made once for all pages."""
    made: dict[Fill, Path] = {}

    def folder(fill: Fill) -> Path:
        if fill not in made:
            made[fill] = tmp_path_factory.mktemp("state")
            fill(made[fill])
        return made[fill]

    return folder


def nothing(folder: Path) -> None:
    """No warehouse."""
    del folder


def untouched(folder: Path) -> None:
    """Tables that no consumer has taken partitions for."""
    filled(folder, Traffic())


account_event = states.only(ACCOUNT_EVENTS, field="account_update", event="verified", value="{}")
inbound = states.only(MESSAGES)
error = states.only(ERRORS, code=131000, title="Something went wrong")

BEGINNINGS: dict[Fill, tuple[str, str]] = {
    untouched: ("No data yet", "does not read any Kafka partition yet"),
    states.taken: ("No data yet", "Nothing has landed yet."),
    states.only_dead_letters: ("Only dead letters yet", "could not read any of them yet"),
    account_event: ("Newest event", "none has the status of a message that you sent"),
    inbound: ("Newest event", "none has the status of a message that you sent"),
    error: ("Newest event", "none has the status of a message that you sent"),
}


@pytest.mark.parametrize("page", [*PAGES, "messages"])
@pytest.mark.parametrize("fill", BEGINNINGS)
def test_before_the_first_status_every_page_says_how_to_get_one(
    app: Opened, folder_of: Callable[[Fill], Path], fill: Fill, page: str
) -> None:
    badge, sentence = BEGINNINGS[fill]

    opened = app.on(folder_of(fill), page)

    shown = text(opened)
    assert not opened.exception
    assert not opened.metric
    assert WAITING in shown
    assert "curl --include http://127.0.0.1:8000/webhooks/local" in shown
    assert badge in shown
    assert sentence in shown
    if badge != NEVER:
        assert NEVER.lower() not in shown.lower()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("fill", [states.old, states.only_duplicates])
def test_old_data_and_no_data_have_different_texts(
    app: Opened, folder_of: Callable[[Fill], Path], fill: Fill, page: str
) -> None:
    opened = app.on(folder_of(fill), page)

    shown = text(opened)
    assert not opened.exception
    assert WAITING not in shown
    assert "in this time range. Choose a longer time range in the sidebar." in shown
    assert "The newest event in the warehouse was received" in shown
    assert f"newest event {states.OLD_DAYS} d ago" in shown


REPORTS: dict[Fill, tuple[str, str]] = {
    states.quiet: ("No webhooks: newest event", "the consumer works and has landed everything"),
    states.down: ("Consumer down: newest event", "Start `bluetick land` (or `bluetick up`)"),
    states.behind: ("5 events wait: newest event", "See its log for what stops it"),
}


@pytest.mark.parametrize("page", EVERY_PAGE)
@pytest.mark.parametrize("fill", REPORTS)
def test_every_page_tells_missing_webhooks_from_a_consumer_that_is_down(
    app: Opened, folder_of: Callable[[Fill], Path], fill: Fill, page: str
) -> None:
    badge, sentence = REPORTS[fill]

    opened = app.on(folder_of(fill), page)

    shown = text(opened)
    assert not opened.exception
    assert badge in shown
    notices = [each.value for each in (*opened.error, *opened.warning, *opened.info)]
    assert any(sentence in notice for notice in notices)
    assert bool(opened.error) == (fill is states.down)


@pytest.mark.parametrize("fill", [untouched, states.taken])
def test_before_the_first_event_the_other_pages_say_how_to_get_one(
    app: Opened, folder_of: Callable[[Fill], Path], fill: Fill
) -> None:
    for page in OTHERS:
        opened = app.on(folder_of(fill), page)

        assert not opened.exception
        assert not opened.metric
        assert WAITING in text(opened)


UNREADABLE: dict[Fill, str] = {
    nothing: "start `bluetick up`",
    states.no_tables: "`bluetick land` makes them when it starts",
    states.older_views: "from another version of Bluetick",
    states.without_files: "is missing or damaged",
    states.cut_files: "is missing or damaged",
}


@pytest.mark.parametrize("page", EVERY_PAGE)
@pytest.mark.parametrize("fill", UNREADABLE)
def test_what_cannot_be_read_is_explained(
    app: Opened,
    folder_of: Callable[[Fill], Path],
    fill: Fill,
    page: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(faults, "log", faults.FaultLog())
    opened = app.on(folder_of(fill), page)

    shown = text(opened)
    assert not opened.exception
    assert "The warehouse cannot be read" in shown
    assert UNREADABLE[fill] in shown
    if "files" in fill.__name__:
        assert re.search(r"Its file `ducklake-[0-9a-f-]+\.parquet` is missing", shown)
        assert re.search(r"ducklake-[0-9a-f-]+\.parquet", caplog.text)
    assert WAITING not in shown
    assert "Not readable" in shown


@contextmanager
def held(location: Location) -> Iterator[None]:
    """Another program locks the catalog, so that it cannot even be read."""
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); "
        "c.execute('PRAGMA locking_mode = EXCLUSIVE'); c.execute('BEGIN EXCLUSIVE'); "
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(location.sqlite_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        yield


def test_a_locked_catalog_is_not_a_missing_warehouse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states.taken(tmp_path)
    monkeypatch.setenv("BLUETICK_DATA_DIR", str(tmp_path))

    with (
        held(Location.under(tmp_path)),
        pytest.raises(
            warehouse_reader.WarehouseUnreadable, match="the catalog is locked by another writer"
        ),
    ):
        warehouse_reader.ask(queries.freshness)


def test_a_page_works_again_when_the_warehouse_can_be_read_again(
    app: Opened, tmp_path: Path
) -> None:
    states.no_tables(tmp_path)
    opened = app.on(tmp_path)
    assert "The warehouse cannot be read" in text(opened)

    untouched(tmp_path)
    opened.run()

    assert not opened.exception
    assert WAITING in text(opened)


def test_the_details_of_a_code_work_with_a_lost_file(app: Opened, tmp_path: Path) -> None:
    states.failures(tmp_path)
    opened = app.on(tmp_path, "failures", range="7 days")
    states.lose_files(tmp_path)

    opened.pills(key="range").set_value("24h").run()

    assert not opened.exception
    assert "is missing or damaged" in text(opened)


def test_a_locked_catalog_is_waited_for_once(
    app: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states.failures(tmp_path)
    tried = 0
    connect = warehouse_reader.connect

    def counted(*args: Any, **options: Any) -> Any:
        nonlocal tried
        tried += 1
        return connect(*args, **options)

    monkeypatch.setattr(warehouse_reader, "connect", counted)
    monkeypatch.setattr(warehouse_reader, "PAUSE", 3600.0)
    with held(Location.under(tmp_path)):
        opened = app.on(tmp_path)

    shown = text(opened)
    assert not opened.exception
    assert tried == 1
    assert "Warehouse busy" in shown
    assert "The catalog is locked by another writer" in shown
    assert "bluetick doctor" in shown
