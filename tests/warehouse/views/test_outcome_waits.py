"""The view `outcome_waits`: how long messages took, in steps."""

from __future__ import annotations

from datetime import timedelta

from tests.support.views import START, Views, status

WAITS = [0, 0.4, 59.5, 119.4, 120.6, 122, 244.699567, 999.999, 3601, 86_399, 2_591_999]


def test_a_wait_is_reported_with_an_error_of_two_percent_or_half_a_second(views: Views) -> None:
    waits = [round(seconds * 1.017, 3) for seconds in range(100, 400)] + WAITS
    sent = [status("sent", message_id=f"m{number}") for number in range(len(waits))]
    delivered = [
        status("delivered", START + timedelta(seconds=seconds), message_id=f"m{number}")
        for number, seconds in enumerate(waits)
    ]
    views.add(*sent, *delivered)

    rows = views.rows("SELECT seconds, messages FROM outcome_waits WHERE wait = 'deliver'")

    reported = sorted(row["seconds"] for row in rows for _ in range(row["messages"]))
    assert len(reported) == len(waits)
    for seconds, exact in zip(reported, sorted(waits), strict=True):
        assert abs(seconds - exact) <= max(0.5, 0.02 * exact)


def test_what_was_done_before_a_moment_is_left_out(views: Views) -> None:
    for number, seconds in enumerate((30, 90, 3_000)):
        views.add(
            status("sent", message_id=f"m{number}"),
            status("delivered", START + timedelta(seconds=seconds), message_id=f"m{number}"),
        )

    def left(minutes: float) -> list[int]:
        after = START + timedelta(minutes=minutes)
        found = views.rows(
            "SELECT seconds FROM outcome_waits(step := INTERVAL 2 MINUTES, "
            f"after := '{after.isoformat()}') ORDER BY seconds"
        )
        return [row["seconds"] for row in found]

    # They count from the middle of two minutes: a minute later than they were sent.
    assert [len(left(minutes)) for minutes in (1, 1.4, 1.6, 2.4, 2.6, 45, 60)] == [
        3, 3, 2, 2, 1, 1, 0,
    ]  # fmt: skip


def test_rows_that_cancel_each_other_out_are_no_messages(views: Views) -> None:
    views.add(status("sent"), status("delivered", START + timedelta(seconds=30)))
    one = views.rows("FROM outcome_waits")
    # As after a landing that has found that the message took no seconds.
    changed = "SELECT * REPLACE ({} AS seconds, {} AS messages) FROM rollups WHERE kind = 'deliver'"
    for values in (("seconds", -1), (0, 1)):
        views.connection.execute(f"INSERT INTO rollups {changed.format(*values)} LIMIT 1")

    assert len(views.rows("FROM wait_rows()")) == 3
    assert views.rows("FROM outcome_waits") == [{**one[0], "seconds": 0}]
