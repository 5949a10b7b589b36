"""Delivery rates by hour, number and category."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.support.views import NUMBER, START, Views, ago, in_group, minute, status


def test_counts_are_cumulative_and_rates_are_of_all_messages(views: Views) -> None:
    outcomes = ["read"] * 3 + ["delivered"] * 4 + ["failed"] * 2 + ["sent"]
    for number, name in enumerate(outcomes):
        at = minute(number)
        views.add(status(name, at, message_id=f"A{number}", category="utility"))
    found = views.row("FROM delivery")
    assert found == {
        "hour": START,
        "source": "meta",
        "display_phone_number": NUMBER,
        "category": "utility",
        "messages": 10,
        "sent": 0,
        "delivered": 7,
        "read": 3,
        "failed": 2,
        "no_outcome": 1,
        "delivery_rate": pytest.approx(0.7),
        "read_rate": pytest.approx(0.3),
        "failure_rate": pytest.approx(0.2),
        "inferred": 0,
    }


def test_open_messages_count_as_messages(views: Views) -> None:
    views.add(status("sent", ago(minutes=1)))
    found = views.row("SELECT messages, sent, delivery_rate FROM delivery")
    assert tuple(found.values()) == (1, 1, 0.0)


def test_a_delivery_without_sent_gives_no_rate_above_one(views: Views) -> None:
    views.add(status("delivered"), status("read", minute(1)))
    assert views.row("FROM delivery")["delivery_rate"] == 1.0


def test_a_message_counts_in_the_hour_of_its_first_status(views: Views) -> None:
    views.add(status("sent", minute(59)), status("delivered", minute(61)))
    assert views.row("FROM delivery")["hour"] == START


@pytest.mark.parametrize(
    ("zone", "step", "at", "began"),
    [
        ("Asia/Kathmandu", "1 HOUR", "2026-11-21T12:00", "2026-11-21T11:15"),
        ("Asia/Kathmandu", "1 DAY", "2026-11-21T18:14", "2026-11-20T18:15"),
        ("America/New_York", "1 DAY", "2026-11-02T04:59", "2026-11-01T04:00"),  # of 25 hours
        ("America/New_York", "6 HOURS", "2026-11-01T10:59", "2026-11-01T04:00"),  # of seven
        # From one to two twice, each for itself, and then the hour from three on.
        ("America/New_York", "1 HOUR", "2026-11-01T05:45", "2026-11-01T05:00"),
        ("America/New_York", "1 HOUR", "2026-11-01T06:45", "2026-11-01T06:00"),
        ("America/New_York", "1 HOUR", "2026-03-08T07:45", "2026-03-08T07:00"),
        ("Australia/Lord_Howe", "1 HOUR", "2026-10-03T15:45", "2026-10-03T15:30"),  # of half
    ],
)
def test_steps_are_counted_by_the_clock_of_the_session(
    views: Views, zone: str, step: str, at: str, began: str
) -> None:
    views.add(status("sent", datetime.fromisoformat(f"{at}Z")))
    moment = datetime.fromisoformat(f"{at}Z")
    short = f"'{moment - timedelta(days=9)}', '{moment + timedelta(days=9)}'"
    views.connection.execute("SET TimeZone = ?", [zone])
    try:
        found = [
            views.row(f"SELECT time FROM outcome_counts({limits}step := INTERVAL {step})")["time"]
            for limits in ("", f"{short}, ")
        ]
    finally:
        views.connection.execute("SET TimeZone = 'UTC'")
    assert found == 2 * [datetime.fromisoformat(f"{began}Z")]


@pytest.mark.parametrize("limits", ["", "now() - INTERVAL 99 DAYS, now(), ", "NULL, now(), "])
def test_messages_of_one_step_are_open_or_not_by_their_own_minutes(
    views: Views, limits: str
) -> None:
    ages = {"authentication": 15, "utility": 43_200, None: 43_200}
    for category, age in ages.items():
        for number in range(-2, 3):
            views.add(
                status(
                    "sent",
                    ago(minutes=age + 3 * number + 1),
                    category=category,
                    message_id=f"{category} {number}",
                )
            )
    expected = views.rows(
        "SELECT category, outcome, count(*) AS messages FROM outcomes GROUP BY ALL ORDER BY ALL"
    )
    found = views.rows(
        "SELECT category, outcome, sum(messages)::BIGINT AS messages "
        f"FROM outcome_counts({limits}step := INTERVAL 700 DAYS) GROUP BY ALL ORDER BY ALL"
    )
    assert found == expected
    assert {row["outcome"] for row in found} == {"sent", "no_outcome"}
    assert sum(row["messages"] for row in found) == 15


def test_hours_and_days_begin_in_the_sessions_time_zone(views: Views) -> None:
    views.add(status("delivered", minute(0)), status("failed", minute(0), message_id="B"))
    views.connection.execute("SET TimeZone = 'Pacific/Auckland'")  # 13 hours ahead that day
    try:
        day = views.row("SELECT day::VARCHAR AS day FROM billing")
        offset = views.row("SELECT date_part('hour', hour) AS hour FROM delivery")
    finally:
        views.connection.execute("SET TimeZone = 'UTC'")
    assert (day, offset) == ({"day": "2026-03-11"}, {"hour": 1})


def test_groups_count_by_recipient(views: Views) -> None:
    views.add(
        in_group("sent"),
        in_group("delivered", minute(1), participant_id="5511900000001"),
        in_group("failed", minute(1), participant_id="5511900000002"),
    )
    found = views.row("FROM delivery")
    assert (found["messages"], found["delivered"], found["failed"]) == (2, 1, 1)
