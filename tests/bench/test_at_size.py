"""The made-up warehouse is as described, and every figure is measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.at_size import landing, pages, questions, results, sizes
from bench.at_size.filling import Filled, fill
from bench.at_size.results import Result
from bench.at_size.traffic import CODES, STATUSES_A_MESSAGE, Shape
from warehouse.connection import connect

pytestmark = [pytest.mark.slow, pytest.mark.process]

SHAPE = Shape(numbers=4, accounts=2, campaigns=8, days=3)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    return fill(tmp_path_factory.mktemp("at_size") / "full", 12_000, SHAPE, lambda _: None)


def test_the_warehouse_has_the_shape(filled: Filled) -> None:
    with connect(filled.location, read_only=True) as connection:
        ((numbers, accounts, campaigns, days, codes),) = connection.execute(
            "SELECT count(DISTINCT phone_number_id), count(DISTINCT waba_id), "
            "count(DISTINCT callback_data), date_diff('hour', min(occurred_at), now()) / 24, "
            "count(DISTINCT error_code) FROM statuses"
        ).fetchall()
        ((again,),) = connection.execute(
            "SELECT count(*) - count(DISTINCT (message_id, status)) FROM statuses"
        ).fetchall()
        ((counted,),) = connection.execute("SELECT sum(messages) FROM outcome_counts").fetchall()
    assert (numbers, accounts, campaigns, codes) == (4, 2, 8, len(CODES))
    assert days == pytest.approx(3, abs=0.1)
    assert again == 0
    assert counted == pytest.approx(filled.messages, rel=0.001)
    assert filled.statuses / filled.messages == pytest.approx(STATUSES_A_MESSAGE, rel=0.05)


def test_every_figure_is_measured_and_written(
    filled: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLUETICK_DATA_DIR", str(filled.folder))
    monkeypatch.setattr(pages, "RUNS", 1)
    monkeypatch.setattr(pages, "PRESETS", ("30d",))
    found: list[Result] = [
        *pages.results(filled.folder),
        *questions.results(filled.location),
        *sizes.results(filled),
        *landing.results(filled.folder, tmp_path / "empty", (48, 18, 6)),
    ]
    results.write(tmp_path / "figures.json", found, {"statuses": filled.statuses})

    written = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    figures = {result["name"]: result["value"] for result in written["results"]}
    looks = {f"page.{page}.{preset}" for page in pages.PAGES for preset in pages.PRESETS}
    assert set(figures) >= looks | {f"{look}.repeated" for look in looks} | {
        "message.by_id",
        "sql.delivery",
        "landing.at_size_over_empty",
        "landing.over_insert",
        "bytes_per_event",
        "bytes_per_event_all",
        "consumer.rss_mb",
    }
    assert min(figures.values()) > 0
    assert written["versions"].keys() == {"python", "duckdb"}
