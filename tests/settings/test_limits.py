"""Limits from the environment, and memory budgets."""

from __future__ import annotations

from dataclasses import fields

import pytest

from producer.http.memory_budget import Budget, Overdrawn
from settings.errors import ConfigError
from settings.limits import Limits, variable


def test_the_environment_sets_any_limit() -> None:
    environment = {variable(field.name): "3" for field in fields(Limits)}
    chosen = Limits.from_environment(environment)
    assert {getattr(chosen, field.name) for field in fields(Limits)} == {3}
    assert isinstance(chosen.delivery_seconds, float)
    assert isinstance(chosen.max_body_bytes, int)


def test_without_environment_they_are_the_defaults() -> None:
    assert Limits.from_environment({"BLUETICK_MAX_BODY_BYTES": ""}) == Limits()


@pytest.mark.parametrize("text", ["many", "-1", "0", "1.5", "nan"])
def test_the_error_names_an_invalid_limit(text: str) -> None:
    with pytest.raises(ConfigError, match="BLUETICK_MAX_BODY_BYTES"):
        Limits.from_environment({"BLUETICK_MAX_BODY_BYTES": text})


@pytest.mark.parametrize("text", ["nan", "inf", "-1"])
def test_the_error_names_an_invalid_number_of_seconds(text: str) -> None:
    with pytest.raises(ConfigError, match="BLUETICK_DELIVERY_SECONDS"):
        Limits.from_environment({"BLUETICK_DELIVERY_SECONDS": text})


def test_a_budget_is_shared_and_given_back() -> None:
    budget = Budget(10)
    with budget.claim() as first, budget.claim() as second:
        first.take(4)
        second.take(3)
        second.take(3)
        with pytest.raises(Overdrawn):
            first.take(1)
        assert (first.held, second.held, budget.used) == (4, 6, 10)
        assert not budget.has(1)
    assert (budget.used, budget.has(10)) == (0, True)
