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
