from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.soak.bounds import BOUNDS, MB, Flat, bounds_of
from tests.soak.judge import Terms, judge
from tests.soak.samples import COLUMNS, PARTS
from tests.soak.trend import HOUR, Series

HOUR_LONG = Terms(warm_up=1200.0, period=300.0)
# Seconds of a run of an hour.
SECONDS = np.arange(0, HOUR, 10.0)


def wrong(name: str, values: object, *, short: bool = False, **others: Series) -> list[str]:
    """What is wrong with one series over an hour, beside others."""
    series = {name: Series(SECONDS, np.array(values) + np.zeros(len(SECONDS)))} | others
    verdict = judge(series, replace(HOUR_LONG, short=short))[0]
    assert verdict.word == ("FAILED" if verdict.wrong else "ok")
    return verdict.wrong


def test_a_consumer_that_leaks_with_each_landing_fails() -> None:
    # 19 MB a minute was measured once; 10 KB a landing, one a second, is 36 MB an hour.
    for leak in (19 * MB / 60, 0.01 * MB):
        assert "rose by" in wrong("consumer.rss", 250 * MB + SECONDS * leak)[-1]


def test_growth_during_the_warm_up_is_allowed() -> None:
    assert not wrong("consumer.rss", 300 * MB + np.minimum(SECONDS, HOUR_LONG.warm_up) * MB / 6)


def test_memory_that_goes_up_and_down_is_flat() -> None:
    noise = np.random.default_rng(1).normal(0, 8 * MB, len(SECONDS))

    assert not wrong("consumer.rss", 300 * MB + noise + SECONDS % 300 * 0.1 * MB)


def test_a_short_run_has_wider_limits() -> None:
    rise = 300 * MB + SECONDS * 0.01 * MB

    assert wrong("consumer.rss", rise)
    assert not wrong("consumer.rss", rise, short=True)


def test_a_ceiling_holds_from_the_first_sample_on() -> None:
    log = np.where(SECONDS == 100, 33 * MB, 0)

    assert wrong("wal.bytes", log) == ["reached 33,000,000, more than 32,000,000"]


def test_the_log_of_the_catalog_must_not_grow_even_below_its_ceiling() -> None:
    assert "rose by" in wrong("wal.bytes", SECONDS * 0.002 * MB)[0]


@pytest.mark.parametrize("name", ["receiver.files", "dashboard.threads"])
def test_handles_are_constant(name: str) -> None:
    assert not wrong(name, 80 + SECONDS % 4)
    assert wrong(name, 80 + SECONDS / 100)


def test_data_may_grow_with_the_number_of_events() -> None:
    landed = Series(SECONDS, SECONDS * 500)

    assert not wrong("files.bytes", SECONDS * 500 * 200, rows=landed)
    assert "per event" in wrong("files.bytes", SECONDS * 500 * 3000, rows=landed)[0]


def test_without_samples_after_the_warm_up_the_run_fails() -> None:
    few = Series.of([(0.0, 1.0), (10.0, 1.0)])

    (verdict,) = judge({"consumer.rss": few}, HOUR_LONG)
    assert verdict.wrong == ["only 0 samples after the warm-up"]


def test_process_ids_are_left_out_and_other_series_shown() -> None:
    flat = Series(SECONDS, np.ones(len(SECONDS)))
    verdicts = judge({"up.pid": flat, "up.cpu": flat}, HOUR_LONG)

    assert [(one.name, one.word) for one in verdicts] == [("up.cpu", "not judged")]


def test_every_process_has_limits_for_memory_files_and_threads() -> None:
    for part in PARTS:
        for what in ("rss", "files", "threads"):
            assert bounds_of(f"{part}.{what}"), (part, what)


def test_every_bound_is_for_something_and_has_a_reason() -> None:
    for bound in BOUNDS:
        assert any(bounds_of(column) is bound for column in COLUMNS), bound.series
        assert bound.why
        assert bound.flat or bound.ceiling or bound.per_event, bound.series


def test_what_may_rise_is_the_larger_of_share_and_floor() -> None:
    flat = Flat(least=16, share=0.1, short=64)

    assert flat.allowed(100, short=False) == 16
    assert flat.allowed(500, short=False) == 50
    assert flat.allowed(100, short=True) == 64
