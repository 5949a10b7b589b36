"""Each alert fires soon after its fault, and none fires in a usual week."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.samples import Sample

from tests.support.promtool import OPERATIONS, RULES, evaluate, needs_promtool, promtool

Value = Callable[[int], float]  # of a minute
DAY = 24 * 60
# The faults begin here; minute 0 is a Friday at 12:00.
FAULT = 60
SILENCE = 11 * DAY  # a Tuesday at 12:00
RESTART = 6 * DAY + 30
LABEL = re.compile(r"(\w+)=")
R, C = 'job="bluetick-receiver",instance="r"', 'job="bluetick-consumer",instance="c"'


def active(minute: int) -> bool:
    """Whether messages are sent: on working days from 7:00 to 22:00."""
    day, left = divmod(minute + 4 * DAY + 12 * 60, DAY)
    return day % 7 < 5 and 7 * 60 <= left < 22 * 60 and minute < SILENCE


@cache
def sent(minute: int) -> int:
    """Messages up to this minute, since the last start of the receiver."""
    if minute in (0, RESTART):
        return 0
    return sent(minute - 1) + 20 * active(minute)


@cache
def newest(minute: int) -> int:
    """The second of the newest message."""
    return minute * 60 if minute == 0 or active(minute) else newest(minute - 1)


def posts(status: int) -> str:
    return f'bluetick_posts_total{{source="meta",status="{status}",{R}}}'


def bucket(bound: str) -> str:
    return f'bluetick_post_seconds_bucket{{source="meta",le="{bound}",{R}}}'


HEALTHY: dict[str, Value] = {
    f"up{{{R}}}": lambda _: 1,
    f"up{{{C}}}": lambda _: 1,
    f"bluetick_broker_up{{{R}}}": lambda _: 1,
    posts(200): sent,
    posts(400): lambda minute: sent(minute) // 20_000,
    posts(401): lambda minute: minute // 100,  # strangers
    posts(503): lambda _: 0,
    bucket("0.1"): lambda minute: sent(minute) - sent(minute) // 1000,
    bucket("5"): sent,
    bucket("10"): sent,
    bucket("+Inf"): sent,
    f'bluetick_dead_letters_published_total{{reason="too_deep",{R}}}': lambda _: 0,
    f'bluetick_undecodable_records_total{{topic="whatsapp.statuses",{C}}}': lambda _: 0,
    f'bluetick_lag_records{{topic="whatsapp.statuses",{C}}}': lambda m: 200 * active(m) * (m % 2),
    f"bluetick_newest_record_timestamp_seconds{{{C}}}": newest,
    f"bluetick_assigned_partitions{{{C}}}": lambda _: 36,
    f"bluetick_landing_retries_total{{{C}}}": lambda minute: minute // 500,
    f"bluetick_memory_limit_bytes{{{C}}}": lambda _: 300e6,
    f"bluetick_catalog_wal_bytes{{{C}}}": lambda minute: 4e6 * (minute % 3),
    f"bluetick_disk_bytes{{{C}}}": lambda _: 100e9,
    f"bluetick_disk_free_bytes{{{C}}}": lambda minute: 60e9 - 1e6 * minute,
    f"process_resident_memory_bytes{{{R}}}": lambda _: 203e6,
    f"process_resident_memory_bytes{{{C}}}": lambda minute: 526e6 + 75e6 * (minute % 5 == 0),
    f"process_start_time_seconds{{{R}}}": lambda minute: 60 * RESTART * (minute >= RESTART),
    f"process_start_time_seconds{{{C}}}": lambda _: 0,
    f"process_open_fds{{{R}}}": lambda _: 28,
    f"process_open_fds{{{C}}}": lambda _: 43,
    f"process_max_fds{{{R}}}": lambda _: 2128,
    f"process_max_fds{{{C}}}": lambda _: 1024,
}


def series(name: str) -> str:
    """The only healthy series whose text has `name`."""
    (found,) = (each for each in HEALTHY if name in each)
    return found


# The series of each fault, by minutes since it began. BluetickSourceSilent is tested with the week.
FAULTS: dict[str, dict[str, Value]] = {
    "BluetickReceiverDown": {f"up{{{R}}}": lambda _: 0},
    "BluetickReceiverRefusesPosts": {series("bluetick_broker_up"): lambda _: 0},
    "BluetickPostsUnavailable": {posts(503): lambda _: 1},
    "BluetickPostsNotAuthentic": {posts(401): lambda minute: 100 * (minute + 1)},
    "BluetickPostsRefused": {posts(400): lambda minute: 10 * (minute + 1)},
    "BluetickAnswersSlow": {
        bucket("10"): lambda minute: sent(FAULT) + 60 * (minute + 1),
        bucket("+Inf"): lambda minute: sent(FAULT) + 60 * (minute + 1),
    },
    "BluetickDeadLetters": {series("bluetick_dead_letters"): lambda _: 1},
    "BluetickReceiverMemory": {f"process_resident_memory_bytes{{{R}}}": lambda _: 310e6},
    "BluetickConsumerDown": {f"up{{{C}}}": lambda _: 0},
    "BluetickNothingAssigned": {series("bluetick_assigned"): lambda _: 0},
    "BluetickLagGrows": {series("bluetick_lag"): lambda minute: 1500 + 100 * minute},
    "BluetickEventsLandLate": {
        series("bluetick_newest"): lambda _: 60 * FAULT - 60,
        series("bluetick_lag"): lambda _: 100,
    },
    "BluetickWarehouseBusy": {series("bluetick_landing_retries"): lambda minute: 4 * (minute + 1)},
    "BluetickPoison": {series("bluetick_undecodable"): lambda _: 1},
    "BluetickConsumerMemory": {f"process_resident_memory_bytes{{{C}}}": lambda _: 810e6},
    "BluetickCatalogLogGrows": {series("bluetick_catalog_wal"): lambda _: 40e6},
    "BluetickDiskFull": {series("bluetick_disk_free"): lambda _: 19e9},
    "BluetickRestarts": {f"process_start_time_seconds{{{C}}}": lambda minute: 60 * minute + 3600},
    "BluetickOpenFiles": {f"process_open_fds{{{C}}}": lambda _: 900},
}
# Minutes until the condition itself holds, where that is not at once.
CONDITION = {"BluetickEventsLandLate": 5, "BluetickRestarts": 3}


def alerts() -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def wait(alert: str) -> int:
    """Minutes from the fault to the alert."""
    held = alerts()[alert].get("for", "0m")
    return int(held.removesuffix("m")) + CONDITION.get(alert, 0) + 1


def values(minutes: range, healthy: Value, faulty: Value | None = None) -> str:
    """The samples of a series."""
    found = (
        healthy(minute) if faulty is None or minute < FAULT else faulty(minute - FAULT)
        for minute in minutes
    )
    return " ".join(f"{value:g}" if value < 1e6 else f"{value:.0f}" for value in found)


def firing(minute: int, expression: str, *expected: dict[str, Any]) -> dict[str, Any]:
    """A test that at this minute the expression has these samples."""
    return {"expr": expression, "eval_time": f"{minute}m", "exp_samples": list(expected)}


@needs_promtool
def test_the_files_are_valid() -> None:
    promtool("check", "rules", "--lint=all", "--lint-fatal", RULES)
    promtool("check", "config", OPERATIONS / "prometheus.yml")


def test_each_alert_is_tested_and_says_what_to_do() -> None:
    assert set(alerts()) == {*FAULTS, "BluetickSourceSilent"}
    page = (OPERATIONS.parents[1] / "docs" / "production.md").read_text("utf-8")
    assert set(re.findall(r"`(Bluetick\w+)`", page)) == set(alerts())
    for rule in alerts().values():
        assert set(rule["annotations"]) == {"summary", "description"}
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_the_alerts_and_these_tests_use_series_that_are_served(scraped: list[Sample]) -> None:
    served = {(sample.name, frozenset(sample.labels)) for sample in scraped}
    given = {(name.partition("{")[0], frozenset(LABEL.findall(name))) for name in HEALTHY}
    assert given <= served
    for rule in alerts().values():
        named = re.findall(r"\b(?:bluetick_[a-z_]+|process_[a-z_]+|up)\b", rule["expr"])
        has = [labels for name, labels in given if name in named]
        assert {name for name, _ in given} >= set(named)
        grouped = re.findall(r"\b(?:by|on) \(([^)]*)\)", rule["expr"])
        for label in ", ".join(grouped).split(", ") if grouped else ():
            assert all(label in labels for labels in has), (rule["alert"], label)


@needs_promtool
def test_each_alert_fires_soon_after_its_fault(tmp_path: Path) -> None:
    tests = []
    for alert, fault in FAULTS.items():
        end = FAULT + wait(alert)
        on = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})'
        tests.append(
            {
                "interval": "1m",
                "name": alert,
                "input_series": [
                    {"series": name, "values": values(range(end + 1), healthy, fault.get(name))}
                    for name, healthy in HEALTHY.items()
                ],
                "promql_expr_test": [
                    firing(FAULT - 1, on),
                    firing(end, on, {"labels": "{}", "value": 1}),
                ],
            }
        )
    evaluate(tmp_path, "1m", tests)


@needs_promtool
def test_a_usual_week_is_silent_until_a_source_is(tmp_path: Path) -> None:
    end = SILENCE + 45  # 30 minutes without a POST, 5 minutes of patience, and two steps
    over = "count by (alertname) (count_over_time(ALERTS{alertstate='firing'}[2w]))"
    silent = {"labels": '{alertname="BluetickSourceSilent"}', "value": 1}
    week = {
        "interval": "5m",
        "input_series": [
            {"series": name, "values": values(range(0, end + 1, 5), healthy)}
            for name, healthy in HEALTHY.items()
        ],
        "promql_expr_test": [firing(SILENCE, over), firing(end, over, silent)],
    }
    evaluate(tmp_path, "5m", [week])
