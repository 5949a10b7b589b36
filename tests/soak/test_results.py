"""The results of a run: samples, report and chart."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.soak import plot, report
from tests.soak.final_checks import Check, lived
from tests.soak.judge import Terms, judge
from tests.soak.options import Options
from tests.soak.samples import Samples, read, series_of
from tests.soak.trend import Series

TERMS = Terms(warm_up=1200, period=300)


def leaking() -> dict[str, Series]:
    seconds = np.arange(0, 3600.0, 10)
    return {
        "consumer.rss": Series(seconds, 3e8 + seconds * 1e5),
        "wal.bytes": Series(seconds, seconds * 0),
    }


def test_samples_come_back_as_series(tmp_path: Path) -> None:
    with Samples(tmp_path / "samples.csv") as samples:
        for second in range(3):
            row = {"seconds": second * 10.0, "up.rss": 1e9 + second, "up.cpu": second * 5.0}
            samples.add(row | ({"rows": 7.0} if second else {}) | {"other.rss": 1.0})

    series = series_of(read(tmp_path / "samples.csv"))
    assert list(series) == ["up.rss", "up.cpu", "rows"]
    assert series["up.rss"].values.tolist() == [1e9, 1e9 + 1, 1e9 + 2]
    assert series["up.cpu"].values.tolist() == [0.5, 0.5]  # as cores in use
    assert series["rows"].seconds.tolist() == [10.0, 20.0]


def test_half_a_line_of_a_killed_run_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "samples.csv"
    with Samples(file) as samples:
        for second in range(3):
            samples.add({"seconds": float(second), "newest.bytes": 12345.0})
    file.write_text(file.read_text("ascii")[:-3], "ascii")

    assert [row["newest.bytes"] for row in read(file)] == [12345.0, 12345.0]


def test_the_report_names_what_failed_and_why() -> None:
    verdicts = judge(leaking(), TERMS)
    checks = [Check("this is well", True, "yes"), Check("that is not", False, "first\nsecond")]
    text = report.text("Soak", verdicts, checks, ["a note"])

    (line,) = [one for one in text.splitlines() if one.startswith("consumer.rss")]
    assert line.split()[1] == "MB"
    assert line.endswith("FAILED")
    assert "FAILED  consumer.rss: rose by" in text
    assert "its database has a memory limit" in text
    assert "ok      this is well: yes" in text
    assert "FAILED  that is not: first\nsecond" in text
    assert "wal.bytes: " not in text


def test_the_report_says_if_nothing_failed() -> None:
    flat = {"wal.bytes": leaking()["wal.bytes"]}
    text = report.text("Soak", judge(flat, TERMS), [], [])

    assert text.endswith("Everything stayed within its limits, and everything landed once.\n")


def test_the_chart_is_a_png(tmp_path: Path) -> None:
    plot.draw(leaking(), tmp_path / "soak.png", title="Soak", warm_up=1200)

    assert (tmp_path / "soak.png").read_bytes().startswith(b"\x89PNG")


def test_a_restarted_part_is_reported() -> None:
    def ids(*values: float) -> Series:
        return Series.of(list(enumerate(values)))

    assert lived({"up.pid": ids(1, 1), "consumer.pid": ids(2, 2)}).good
    found = lived({"up.pid": ids(1, 1), "consumer.pid": ids(2, 3, 3, 4)})
    assert not found.good
    assert found.found == "consumer 2 times"


def test_clients_of_an_embedded_broker_are_restarted_with_it() -> None:
    ids = {"broker.pid": [(0, 1.0), (1, 5.0)], "consumer.pid": [(0, 2.0), (1, 6.0)]}

    assert lived({name: Series.of(samples) for name, samples in ids.items()}).good


def test_options_are_kept_beside_the_samples(tmp_path: Path) -> None:
    options = Options(minutes=20, rate=30, viewers=1, warm_up=100)
    options.write(tmp_path)

    assert Options.read(tmp_path) == options


def test_every_run_has_enough_samples_after_the_warm_up() -> None:
    for minutes in (1, 3, 10, 20, 60, 600):
        options = Options(minutes=minutes)
        assert 0 < options.warm_up_seconds <= options.seconds / 2
        assert options.keep_seconds <= options.seconds
        judged = options.seconds - options.warm_up_seconds
        assert judged / options.sample_seconds >= 15
    hour = Options(minutes=60)
    # Several rounds of maintenance are judged, and snapshots have begun to expire before.
    assert hour.warm_up_seconds >= hour.keep_seconds + 3 * hour.maintenance_seconds
    assert (hour.seconds - hour.warm_up_seconds) / hour.maintenance_seconds >= 6
    assert hour.maintenance_seconds == 300
