"""Texts for errors, for people and for the log: without data, which error texts often quote."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import duckdb

from warehouse.transaction import passing_cause

logger = logging.getLogger(__name__)

PROJECT = Path(__file__).resolve().parents[1]
# Every page asks again every few seconds, so the same fault is logged at most this often.
AGAIN_SECONDS = 60.0
# The loggers that Streamlit uses when a page or a download raises; they log the error's text.
UNCAUGHT = "streamlit.error_util"
UNCAUGHT_IN_DOWNLOADS = "streamlit.runtime.backend_operation_handler"

# As DuckLake names them; other texts in an error may quote a row.
DATA_FILE = re.compile(r"ducklake-[0-9a-f-]+\.parquet")

MEMORY = (
    "this needs more memory than the dashboard can use. Choose a shorter time range, or raise "
    "BLUETICK_MEMORY_LIMIT for the dashboard"
)
VERSION = (
    "its tables and views are from another version of Bluetick. Restart the consumer "
    "(`bluetick land`) and the dashboard with the same version"
)
FILE = (
    "one of its files is missing or damaged. Run `bluetick doctor`; if it cannot be repaired, "
    "restore the data folder from a backup"
)


def explained(error: duckdb.Error) -> str:
    """Why the warehouse cannot be read, and what to do. Without data and final punctuation."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return MEMORY
    if isinstance(error, duckdb.CatalogException | duckdb.BinderException):
        return VERSION
    if cause := passing_cause(error):
        return f"{cause}. If this stays, run `bluetick doctor`"
    if isinstance(error, duckdb.IOException | duckdb.HTTPException) or ".parquet" in str(error):
        name = lost_file(error)
        return FILE.replace("one of its files", f"its file `{name}`") if name else FILE
    return f"a query failed ({type(error).__name__}). See the log of the dashboard"


def lost_file(error: BaseException) -> str | None:
    """The name of the data file that an error is about, without its folder."""
    found = DATA_FILE.search(str(error))
    return found[0] if found else None


class FaultLog:
    """Logs faults by type and place, each at most once in AGAIN_SECONDS."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._logged: dict[tuple[str, str], float] = {}

    def __call__(self, error: BaseException) -> None:
        fault = type(error).__name__, place(error.__traceback__)
        now = self._clock()
        if now - self._logged.get(fault, -AGAIN_SECONDS) >= AGAIN_SECONDS:
            self._logged[fault] = now
            name = lost_file(error)
            about = f" (file {name})" if name else ""
            logger.warning("the warehouse cannot be read: %s at %s%s", *fault, about)


log = FaultLog()


def place(trace: TracebackType | None) -> str:
    """The innermost place in Bluetick's own code: file, line and function."""
    found = "an unknown place"
    while trace:
        code = trace.tb_frame.f_code
        file = Path(code.co_filename)
        # An installed copy is in site-packages itself, a checkout may have some below it.
        name = file.relative_to(PROJECT) if file.is_relative_to(PROJECT) else None
        if name and "site-packages" not in name.parts:
            found = f"{name}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next
    return found


class Dataless(logging.Filter):
    """Replaces an error's text and traceback by its type and place."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record through."""
        if record.exc_info and record.exc_info[0]:
            kind, _, trace = record.exc_info
            record.msg, record.args = "%s: %s at %s", (record.msg, kind.__name__, place(trace))
            record.exc_info = record.exc_text = None
        return True


def keep_data_out_of_the_log() -> None:
    """Make Streamlit log errors of pages without their texts; idempotent."""
    for uncaught in map(logging.getLogger, (UNCAUGHT, UNCAUGHT_IN_DOWNLOADS)):
        if not any(isinstance(known, Dataless) for known in uncaught.filters):
            uncaught.addFilter(Dataless())
