"""A warehouse with two weeks of simulated traffic, and an empty one."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import streamlit as st
from playwright.sync_api import Browser
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import app_test, local_script_runner

from dashboards import warehouse_reader
from tests.support.browser import chromium
from tests.support.dashboard import Opened, filled
from tests.support.traffic import Traffic, made_up
from tests.support.views import in_memory
from warehouse.connection import Location, connect


@pytest.fixture(scope="session")
def now() -> datetime:
    """The moment up to which there is traffic."""
    return datetime.now(UTC) - timedelta(seconds=1)


@pytest.fixture(scope="session")
def fortnight(now: datetime) -> Traffic:
    """Two weeks of traffic."""
    return made_up(now, days=14, messages=2500)


@pytest.fixture(scope="session")
def busy(tmp_path_factory: pytest.TempPathFactory, fortnight: Traffic) -> Path:
    """Data folder of a warehouse with the two weeks of traffic."""
    return filled(tmp_path_factory.mktemp("busy"), fortnight)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder of a warehouse where nothing has landed."""
    return filled(tmp_path_factory.mktemp("empty"), Traffic())


@pytest.fixture(scope="session")
def in_lake(busy: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Straight access to the busy warehouse."""
    with connect(Location.under(busy), read_only=True, threads=1) as connection:
        yield connection


@pytest.fixture(scope="session")
def memory(fortnight: Traffic) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same traffic in tables in memory. A question to a DuckLake takes three times as long."""
    with in_memory() as connection:
        fortnight.insert(connection)
        yield connection


@pytest.fixture
def sql(request: pytest.FixtureRequest) -> object:
    """The tables of the traffic: in a DuckLake, unless the test is `asked` for those in memory."""
    asked = request.getfixturevalue("asked")[0] if "asked" in request.fixturenames else "in_lake"
    return request.getfixturevalue(asked)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Opens the dashboard on a data folder."""
    return Opened(monkeypatch)


@pytest.fixture(scope="session", autouse=True)
def one_server() -> Iterator[None]:
    """Streamlit looks for components and compiles scripts once, as one server does.

    `AppTest` does both for each run, which takes longer than most pages.
    """
    scan = functools.cache(manifest_scanner.scan_component_manifests)
    scripts = ScriptCache()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        for module in (app_test, local_script_runner):
            patch.setattr(module, "ScriptCache", lambda: scripts)
        yield


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """The app asks with one thread: on little data, more cost a third more and give no speed."""
    opened = functools.partial(warehouse_reader.connect, threads=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warehouse_reader, "connect", opened)
        yield


@pytest.fixture(scope="session", autouse=True)
def closed() -> Iterator[None]:
    """Closes the warehouses that the app keeps open."""
    yield
    st.cache_resource.clear()


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A real browser."""
    with chromium() as started:
        yield started
