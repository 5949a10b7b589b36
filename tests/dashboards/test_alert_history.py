"""The history of alerts is read from the watcher's file, whatever is in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from bluetick.alerts import state_file
from bluetick.alerts.state import Message, State
from dashboards.alert_history import FILE, history

AT = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)


def test_the_newest_is_first(tmp_path: Path) -> None:
    assert history(tmp_path, "UTC") is None
    state_file.save(tmp_path, State())
    found = history(tmp_path, "UTC")
    assert found is not None
    assert found.empty
    one = Message(id="a", event="raised", rule="r", text="t", since=AT, at=AT, details={})
    over = one.model_copy(update={"event": "resolved", "at": AT.replace(hour=15, microsecond=5)})
    state_file.save(tmp_path, State(history=(one, over)))
    found = history(tmp_path, "UTC")
    assert found is not None
    assert list(found["event"]) == ["Over", "Raised"]
    assert found["at"][1] == pd.Timestamp("2026-11-25T14:30:00")
    local = history(tmp_path, "Asia/Kathmandu")
    assert local is not None
    assert local["at"][1] == pd.Timestamp("2026-11-25T20:15:00")


@pytest.mark.parametrize("text", ["", "[]", '{"history": [1]}', '{"history": 5}', "\xff"])
def test_a_broken_file_is_no_history(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, "latin-1")
    assert history(tmp_path, "UTC") is None
