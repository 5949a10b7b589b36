"""The goals in the configuration, and the errors in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from settings.errors import ConfigError
from settings.goals import MORE_IS_BETTER, SECONDS, Goals, load_goals
from settings.sources import load_config
from warehouse.metrics import METRICS

SOME = """
[[goals]]
metric = "delivery_rate"
at_least = 0.95

[[goals]]
metric = "delivery_rate"
at_least = 0.9
number = "+1 555 000 1111"

[[goals]]
metric = "p95_wait"
at_most = "30s"
category = "authentication"
name = "OTP"
"""


def loaded(tmp_path: Path, text: str) -> Goals:
    file = tmp_path / "bluetick.toml"
    file.write_text(text, "utf-8")
    return load_goals(file)


@pytest.mark.parametrize(
    ("metric", "chosen", "value"),
    [
        ("delivery_rate", {}, 0.95),
        ("delivery_rate", {"number": ["15550001111"]}, 0.9),
        ("delivery_rate", {"number": ["15550001111"], "source": ["meta"]}, 0.9),
        ("delivery_rate", {"number": ["15550002222"]}, 0.95),
        ("delivery_rate", {"number": ["15550001111", "15550002222"]}, 0.95),
        ("p95_wait", {"category": ["authentication"]}, 30.0),
        ("p95_wait", {}, None),
        ("failure_rate", {}, None),
    ],
)
def test_the_goal_with_the_most_filters_that_fit_applies(
    tmp_path: Path, metric: str, chosen: Mapping[str, Sequence[str]], value: float | None
) -> None:
    found = loaded(tmp_path, SOME).of(metric, chosen)

    assert (found.value if found else None) == value


@pytest.mark.parametrize(
    ("metric", "key", "values"),
    [("read_rate", "at_least", (0.5, 0.49)), ("failure_rate", "at_most", (0.5, 0.51))],
)
def test_a_goal_is_met_at_its_value(
    tmp_path: Path, metric: str, key: str, values: tuple[float, float]
) -> None:
    (goal,) = loaded(tmp_path, f'[[goals]]\nmetric = "{metric}"\n{key} = 0.5\n').goals

    assert [goal.met(value) for value in values] == [True, False]


def test_without_a_file_there_is_no_goal() -> None:
    assert load_goals(None).goals == ()


def test_the_shares_are_metrics_of_the_warehouse() -> None:
    shares = MORE_IS_BETTER.keys() - set(SECONDS)

    assert {METRICS[name].unit for name in shares} == {"share"}


def test_a_mistake_in_a_goal_does_not_keep_the_receiver_from_starting(tmp_path: Path) -> None:
    file = tmp_path / "bluetick.toml"
    file.write_text('[sources.a]\nauth = "none"\n[[goals]]\nmetric = 1\n', "utf-8")

    assert list(load_config(file).sources) == ["a"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('metric = "rate"\nat_least = 0.9\n', "goals.0.metric: Input should be 'delivery_rate'"),
        ('metric = "read_rate"\n', "more is better: write at_least, and no at_most"),
        ('metric = "read_rate"\nat_most = 0.5\n', "write at_least, and no at_most"),
        ('metric = "failure_rate"\nat_least = 0.5\n', "less is better: write at_most"),
        ('metric = "read_rate"\nat_least = 95\n', "write 0.95 for 95%"),
        ('metric = "p95_wait"\nat_most = 30\n', 'such as "90s", "5m"'),
        ('metric = "p95_wait"\nat_most = "0s"\n', "not above 0"),
        ('metric = "read_rate"\nat_least = 0.5\nmarket = "DE"\n', "goals.0.market: Extra inputs"),
        ('metric = "read_rate"\nat_least = 0.5\nname = ""\n', "at least 1 character"),
        (
            'metric = "read_rate"\nat_least = 0.5\n'
            '[[goals]]\nmetric = "read_rate"\nat_least = 0.6\n',
            "two goals are for read_rate of the same messages",
        ),
    ],
)
def test_an_error_says_what_to_write(tmp_path: Path, text: str, shown: str) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, f"[[goals]]\n{text}")

    assert shown in str(error.value)
