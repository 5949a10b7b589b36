"""Who looked at what kind of thing: JSON lines in the data folder, if there is a login.

What they looked up (ids, numbers, texts of queries) is not written.
"""

from __future__ import annotations

import functools
import io
import json
import logging
import os
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Literal

import streamlit as st

from dashboards import faults, login
from settings.login import Role

FILE = "access.jsonl"
# Three files of this size: about 200,000 lines.
MOST_BYTES = 10 * 1024**2
OLDER = 2
SEEN = "access_logged"

What = Literal["page", "message", "download", "query", "refused"]


def record(what: What, page: str) -> None:
    """Write that the person of this session uses a page, or did something there."""
    if login.settings().required:
        who = login.person()
        write(who.who, who.role, page, what)


def once(what: What, page: str, key: object = None) -> None:
    """The same, but not again while the session stays with it: pages refresh by themselves."""
    place = f"{SEEN}_{what}"
    if st.session_state.get(place) != (page, key):
        st.session_state[place] = page, key
        record(what, page)


def write(who: str, role: Role | None, page: str, what: What) -> None:
    """Write a line. A failure is logged, and does not keep the page from being shown."""
    line = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "who": who}
    line |= {"role": role} if role else {}
    line |= {"page": page} if page else {}
    text = json.dumps(line | {"what": what}, ensure_ascii=False)
    handler = _handler(Path(os.environ.get("BLUETICK_DATA_DIR") or "data") / FILE)
    handler.handle(logging.LogRecord("access", logging.INFO, "", 0, text, None, None))


class PrivateFile(RotatingFileHandler):
    """A file that is rotated, and that only its owner can read, whatever the umask is."""

    def _open(self) -> io.TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.fchmod(descriptor, 0o600)
        return io.TextIOWrapper(io.FileIO(descriptor, "a"), "utf-8", write_through=True)

    def handleError(self, record: logging.LogRecord) -> None:
        """Say in the dashboard's log that a line is missing."""
        del record
        faults.logger.error("the access log %s cannot be written", self.baseFilename)


@functools.cache
def _handler(path: Path) -> PrivateFile:
    return PrivateFile(path, maxBytes=MOST_BYTES, backupCount=OLDER, encoding="utf-8", delay=True)
