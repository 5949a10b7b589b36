"""The dashboard without a browser, with a warehouse of the test."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards import server
from tests.support.lake import created
from tests.support.traffic import Traffic


def filled(folder: Path, traffic: Traffic) -> Path:
    """A new warehouse that holds this traffic; returns its folder."""
    with created(folder) as connection:
        traffic.insert(connection)
    return folder


class Opened:
    """Runs the app as Streamlit would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._environment = monkeypatch

    def on(self, folder: Path, page: str | None = None, **query: str) -> AppTest:
        """The app over a warehouse, on a page of dashboards/screens, with an address' query."""
        self._environment.setenv("BLUETICK_DATA_DIR", str(folder))
        app = AppTest.from_file(server.APP, default_timeout=120)
        for name, value in query.items():
            app.query_params[name] = value
        if page:  # before the first run: no page of ours has a `url_path` of its own
            app.switch_page(f"screens/{page}.py")
        return app.run()
