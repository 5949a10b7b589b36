"""The capacity page says what the file of figures says."""

from __future__ import annotations

import json

import pytest

from bench.at_size.speed_page import FIGURES as SPEED
from bench.capacity.model import Cost, plan
from bench.capacity.page import FIGURES, PAGE, rendered, replaced


def test_the_tables_are_those_of_the_file() -> None:
    page = PAGE.read_text("utf-8")
    figures, speed = (json.loads(file.read_text("utf-8")) for file in (FIGURES, SPEED))
    assert page == replaced(page, rendered(figures, speed))


def test_the_cost_of_a_landing_is_a_line_through_two_sizes() -> None:
    common = {"catalog": "postgres", "writers": 1}
    small = common | {"rows": 100, "landing": 0.11, "decoding": 0.001}
    large = common | {"rows": 1_100, "landing": 0.21, "decoding": 0.011}
    cost = Cost.of([small, large, large | {"writers": 2, "landing": 9.0}], "postgres")
    assert cost.fixed == pytest.approx(0.1)
    assert cost.row == pytest.approx(0.0001)
    assert cost.decoding == pytest.approx(0.00001)


def test_more_consumers_help_until_the_turn_is_taken() -> None:
    cost = Cost(fixed=0.1, row=0.0001, decoding=0.0001)
    assert cost.together(2) > 1.9 * cost.together(1)
    assert cost.together(4) == cost.limit(4) < 2 * cost.together(2)
    one, many = (plan(load, cost, 50.0, 1_000_000) for load in (1_000, 100_000))
    assert (one.warehouses, one.consumers) == (1, 1)
    assert many.warehouses > 10
    assert many.gigabytes == pytest.approx(432)
