"""Errors are reported by type and place, because their texts may quote messages."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from dashboards import faults, server
from dashboards.warehouse_reader import WarehouseUnreadable, snapshot
from tests.support import states
from warehouse.connection import Location

CONFIG = server.APP.parent / ".streamlit" / "config.toml"
NUMBER = "+15551234567"
CONVERSION = f"SELECT '{NUMBER}'::INTEGER"


def raised(sql: str) -> duckdb.Error:
    """The error that a statement raises."""
    with (
        duckdb.connect(config={"memory_limit": "20MB", "max_temp_directory_size": "0KB"}) as one,
        pytest.raises(duckdb.Error) as caught,
    ):
        one.execute(sql).fetchall()
    return caught.value


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        ("SELECT list(range) FROM range(9000000)", "BLUETICK_MEMORY_LIMIT"),
        ("FROM no_such_view", "from another version"),
        ("SELECT no_such_column FROM range(1)", "from another version"),
        ("FROM '/no/such/file.parquet'", "missing or damaged"),
        (CONVERSION, "a query failed (ConversionException)"),
    ],
)
def test_an_error_says_what_to_do(sql: str, shown: str) -> None:
    text = faults.explained(raised(sql))

    assert shown in text
    assert NUMBER not in text


def test_a_repeated_fault_is_logged_rarely(caplog: pytest.LogCaptureFixture) -> None:
    now = [1000.0]
    log = faults.FaultLog(lambda: now[0])
    error, other = raised(CONVERSION), raised("FROM no_such_view")

    for fault in (error, other, error):
        log(fault)
    now[0] += faults.AGAIN_SECONDS
    log(error)

    assert [record.getMessage().rsplit(":", 1)[0] for record in caplog.records] == [
        f"the warehouse cannot be read: {kind} at tests/dashboards/test_faults.py"
        for kind in ("ConversionException", "CatalogException", "ConversionException")
    ]


def test_a_query_that_fails_on_a_value_does_not_show_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    states.taken(tmp_path)

    with (
        pytest.raises(WarehouseUnreadable) as caught,
        snapshot(Location.under(tmp_path)) as connection,
    ):
        connection.execute(CONVERSION).fetchall()

    assert "ConversionException" in caplog.text
    assert NUMBER not in caplog.text + str(caught.value)


def page_that_raises() -> None:
    """A page with a mistake in it."""
    from dashboards import faults

    faults.keep_data_out_of_the_log()
    faults.keep_data_out_of_the_log()
    raise ValueError("cannot draw +15551234567")


class Lines(logging.Handler):
    """Keeps what is written, as a file would have it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def uncaught() -> Iterator[list[str]]:
    """What Streamlit logs of pages that raise."""
    logger, handler = logging.getLogger(faults.UNCAUGHT), Lines()
    logger.addHandler(handler)
    yield handler.lines
    logger.removeHandler(handler)


@pytest.fixture
def configured() -> Iterator[None]:
    """Streamlit logs as dashboards/.streamlit/config.toml sets it, which tests do not read."""
    written = tomllib.loads(CONFIG.read_text("utf-8"))["logger"]["enableRich"]
    before = config.get_option("logger.enableRich")
    config.set_option("logger.enableRich", written)
    yield
    config.set_option("logger.enableRich", before)


@pytest.mark.usefixtures("configured")
def test_a_page_that_raises_is_logged_without_data(capfd: pytest.CaptureFixture[str]) -> None:
    with uncaught() as lines:
        app = AppTest.from_function(page_that_raises, default_timeout=120).run()

    (line,) = lines
    written = capfd.readouterr()
    assert app.exception
    assert "ValueError at " in line
    assert NUMBER not in line + written.err + written.out


def test_a_download_that_raises_is_logged_without_data() -> None:
    faults.keep_data_out_of_the_log()
    logger, handler = logging.getLogger(faults.UNCAUGHT_IN_DOWNLOADS), Lines()
    logger.addHandler(handler)
    try:
        page_that_raises()
    except ValueError:
        logger.exception("Error executing deferred callable")
    logger.removeHandler(handler)

    (line,) = handler.lines
    assert "ValueError at " in line
    assert NUMBER not in line
