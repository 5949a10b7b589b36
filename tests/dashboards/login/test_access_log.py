"""The file of who looked at what, and a dashboard that strangers could open."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards import access_log, login, server
from settings.errors import ConfigError
from settings.login import OPEN
from tests.support.ports import free_port


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder, for processes whose new files everybody may read."""
    monkeypatch.setenv("BLUETICK_DATA_DIR", str(tmp_path))
    before = os.umask(0o022)
    access_log._handler.cache_clear()
    yield tmp_path
    os.umask(before)
    access_log._handler(tmp_path / access_log.FILE).close()
    access_log._handler.cache_clear()


def test_a_line_has_who_and_what_kind(folder: Path) -> None:
    access_log.write("shop@example.com", "viewer", "Campaigns", "download")
    access_log.write("stranger@example.com", None, "", "refused")
    lines = [json.loads(line) for line in (folder / access_log.FILE).read_text().splitlines()]
    assert [line.keys() for line in lines] == [
        {"at", "who", "role", "page", "what"},
        {"at", "who", "what"},
    ]
    assert lines[0]["page"] == "Campaigns"


def test_the_files_are_few_small_and_private(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_log, "MOST_BYTES", 1_000)
    for _ in range(100):
        access_log.write("shop@example.com", "viewer", "Overview", "page")
    files = list(folder.iterdir())
    assert len(files) == 1 + access_log.OLDER
    assert all(file.stat().st_size <= 1_000 for file in files)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_log_that_cannot_be_written_is_said(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / access_log.FILE).mkdir()
    access_log.write("shop@example.com", "viewer", "Overview", "page")
    assert "cannot be written" in caplog.text
    assert "shop@example.com" not in caplog.text


def test_a_dashboard_for_strangers_does_not_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("BLUETICK_CONFIG", raising=False)
    monkeypatch.delenv(OPEN, raising=False)
    login.settings.cache_clear()
    with pytest.raises(ConfigError, match="anybody who reaches"):
        server.serve(folder, host="0.0.0.0", port=free_port())
    login.settings.cache_clear()
