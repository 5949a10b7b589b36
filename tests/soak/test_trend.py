from __future__ import annotations

import random

import numpy as np
import pytest

from tests.soak.trend import HOUR, LEAST_POINTS, Series, rate, slope, smooth


def line(count: int, *, each: float = 10.0, per_hour: float = 0.0, level: float = 100.0) -> Series:
    """Samples every `each` seconds of something that rises steadily."""
    seconds = np.arange(count, dtype=np.float64) * each
    return Series(seconds, level + seconds * per_hour / HOUR)


@pytest.mark.parametrize("per_hour", [0.0, 36.0, -7.5])
@pytest.mark.parametrize("count", [LEAST_POINTS, 100, 1000])
def test_a_steady_rise_is_given_per_hour(per_hour: float, count: int) -> None:
    series = line(count, per_hour=per_hour)

    assert slope(series) == pytest.approx(per_hour, rel=1e-6, abs=1e-9)


def test_a_few_odd_samples_hardly_change_the_trend() -> None:
    series = line(300, per_hour=10.0)
    chance = random.Random(3)
    for at in chance.sample(range(300), 60):
        series.values[at] += chance.uniform(500, 5000)

    assert slope(series) == pytest.approx(10.0, abs=5.0)


def test_a_sawtooth_is_flat() -> None:
    seconds = np.arange(240, dtype=np.float64) * 10
    teeth = Series(seconds, 600 + seconds % 300)  # eight rounds of maintenance

    assert abs(slope(smooth(teeth, 300))) * teeth.span / HOUR < 0.02 * 300


def test_smoothing_leaves_the_trend() -> None:
    assert slope(smooth(line(200, per_hour=36.0), 300)) == pytest.approx(36.0)


def test_what_is_hardly_longer_than_a_period_is_not_smoothed() -> None:
    series = line(20)  # 190 seconds

    assert smooth(series, 100) is series
    assert len(smooth(series, 90)) == 11


def test_too_few_samples_give_no_trend() -> None:
    assert slope(line(LEAST_POINTS - 1, per_hour=1e6)) == 0.0
    assert slope(Series.of([])) == 0.0


def test_moments_without_a_value_are_left_out() -> None:
    series = Series.of([(0.0, 1.0), (5.0, None), (10.0, 3.0)])

    assert series.seconds.tolist() == [0.0, 10.0]
    assert series.values.tolist() == [1.0, 3.0]
    assert series.span == 10.0


def test_levels_are_those_of_the_moment() -> None:
    series = line(101, per_hour=HOUR)  # one a second: 100 to 1100

    assert series.level_at(0) == pytest.approx(150, abs=20)
    assert series.level_at(0.5) == pytest.approx(600, abs=20)
    assert series.level_at(1) == pytest.approx(1050, abs=20)
    assert series.since(500.0).values[0] == 600.0
    assert Series.of([]).level == 0.0
    assert Series.of([(7.0, 4.0)]).level_at(1) == 4.0


def test_a_count_becomes_a_rate() -> None:
    counted = Series.of([(0.0, 10.0), (2.0, 14.0), (2.0, 15.0), (12.0, 15.0)])

    assert rate(counted).values.tolist() == [2.0, 0.0, 0.0]
