"""The production page names every setting and metric, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import typer
from prometheus_client.metrics import MetricWrapperBase

from bluetick.cli import app
from consumer import metrics as consumer_metrics
from dashboards.sql_limits import VARIABLE as SQL_PAGE
from producer.metrics import METRICS
from settings.kafka import CODECS, COMPRESSION, SECURITY
from settings.kafka import variable as kafka_variable
from settings.lake import VARIABLES
from settings.limits import Limits, variable
from settings.login import OPEN
from settings.permissions import VARIABLE as UMASK
from settings.tracing import VARIABLE as TRACE
from warehouse.memory_limit import VARIABLE as MEMORY_LIMIT

PAGE = Path(__file__).parents[2] / "docs" / "production.md"
ROW = re.compile(r"^\| `([A-Za-z0-9_]+)` \| ?([^|]*)\|", re.MULTILINE)


def documented() -> dict[str, str]:
    return {name: value.strip().strip("`") for name, value in ROW.findall(PAGE.read_text("utf-8"))}


def options() -> dict[str, object]:
    """Every option with an environment variable: its name and default."""
    found: dict[str, object] = {}
    commands = [typer.main.get_command(app)]
    while commands:
        command = commands.pop()
        commands += getattr(command, "commands", {}).values()
        for parameter in command.params:
            if isinstance(parameter.envvar, str):
                found[parameter.envvar] = parameter.default
    return found


def test_every_option_of_the_commands_is_there_with_its_default() -> None:
    page = documented()
    for name, default in options().items():
        assert name in page, f"{name} is not documented"
        if name != "BLUETICK_CONFIG":  # its default depends on whether the file exists
            assert page[name] == ("" if default is None else str(default)), name


def test_every_limit_is_there_with_its_default() -> None:
    page = documented()
    limits = Limits()
    for name in Limits.__dataclass_fields__:
        assert page[variable(name)] == str(getattr(limits, name))


def test_the_compression_is_there_with_its_default() -> None:
    assert documented()[COMPRESSION] == CODECS[0]


def test_no_setting_is_there_that_does_not_exist() -> None:
    known = set(options()) | {variable(name) for name in Limits.__dataclass_fields__}
    known |= {kafka_variable(name) for name in SECURITY} | {
        COMPRESSION,
        MEMORY_LIMIT,
        OPEN,
        SQL_PAGE,
        TRACE,
        UMASK,
    }
    known |= set(VARIABLES)
    assert {name for name in documented() if name.isupper()} == known


def test_the_metrics_are_those_that_are_served() -> None:
    served = set(METRICS)
    for metric in vars(consumer_metrics).values():
        if isinstance(metric, MetricWrapperBase):
            (family,) = metric.describe()
            served.add(family.name + ("_total" if family.type == "counter" else ""))
    assert {name for name in documented() if not name.isupper()} == served
