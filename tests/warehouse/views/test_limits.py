"""Looking only at messages of a span of time."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.views import Row, Views, in_group, minute, status
from warehouse.connection import Location, connect, create

DAY = 24 * 60


def limit(views: Views, since: datetime | None = None, until: datetime | None = None) -> None:
    views.connection.execute("SET VARIABLE bluetick_since = ?", [since])
    views.connection.execute("SET VARIABLE bluetick_until = ?", [until])


def ids(views: Views) -> set[str]:
    return {row["message_id"] for row in views.rows("FROM outcomes")}


def story(message_id: str, day: float, *names: str) -> list[Row]:
    """Statuses of one message, an hour apart."""
    return [
        status(name, minute(day * DAY + 60 * number), message_id=message_id)
        for number, name in enumerate(names)
    ]


def test_messages_are_found_by_their_first_status(views: Views) -> None:
    views.add(
        *story("before", -1, "sent", "read"),
        *story("astride", -1 / 48, "sent", "delivered", "read"),
        *story("within", 0.5, "sent", "delivered"),
        *story("end", 1 - 1 / 48, "sent", "read"),
        *story("after", 1, "sent"),
    )
    limit(views, minute(0), minute(DAY))
    assert ids(views) == {"within", "end"}
    assert views.row("FROM outcomes WHERE message_id = 'end'")["outcome"] == "read"
    limit(views)
    assert len(ids(views)) == 5


def test_without_sent_an_earlier_beginning_is_looked_for(views: Views) -> None:
    views.add(*story("old", -20, "delivered"), *story("old", 0.1, "read"))
    views.add(*story("new", 0.1, "delivered", "read"))
    limit(views, minute(0))
    assert ids(views) == {"new"}


def test_statuses_of_other_kinds_are_no_beginning(views: Views) -> None:
    views.add(*story("A", 0.1, "read"), {**story("A", -1, "captured")[0], "kind": "payment"})
    views.add(*story("B", 0.1, "read"), {**story("B", -1, "sent")[0], "channel": "history"})
    limit(views, minute(0))
    assert ids(views) == {"A", "B"}


def test_a_group_message_that_began_earlier_has_no_participants_now(views: Views) -> None:
    views.add(
        in_group("sent", minute(-5)),
        in_group("read", minute(5), participant_id="5511900000001"),
    )
    limit(views, minute(0))
    assert ids(views) == set()


FIRST, SECOND = "5511900000001", "5511900000002"


@pytest.mark.parametrize(
    "rows",
    [
        [status("enqueued", minute(-1), display_phone_number=None), status("failed", minute(1))],
        [
            status("sent", minute(-1), callback_data="bluetick:reaction"),
            status("read", minute(1)),
        ],
        [status("accepted", minute(-1)), status("sent", minute(1)), status("read", minute(2))],
        [status("accepted", minute(-1)), status("failed", minute(1))],
        [status("failed", minute(-1)), status("sent", minute(1))],
        [status("delivered", minute(-1)), status("sent", minute(1))],
        [
            in_group("delivered", minute(-1), participant_id=FIRST),
            in_group("delivered", minute(1), participant_id=SECOND),
        ],
        [
            in_group("sent", minute(-1), participant_id=FIRST),
            in_group("delivered", minute(1), participant_id=f"+{FIRST}"),
        ],
        [
            in_group("delivered", minute(-1), participant_id="BR.1", participant_user_id="BR.1"),
            in_group("read", minute(1), participant_id="BR.1", participant_user_id="BR.1"),
        ],
        [
            status("delivered", minute(-1)),
            status("delivered", minute(1), display_phone_number="15550009999"),
        ],
        # the same told twice, by clocks that differ
        [status("sent", minute(-0.5)), status("sent", minute(0.5)), status("read", minute(1))],
        [
            in_group("sent", minute(-1), participant_id="BR.1", participant_user_id="BR.1"),
            in_group("read", minute(1), participant_id=FIRST, participant_user_id="BR.1"),
        ],
        # the same, but so long ago that only the search for its beginning finds it
        [
            in_group("sent", minute(-DAY), participant_id="BR.1", participant_user_id="BR.1"),
            in_group("read", minute(1), participant_id=FIRST, participant_user_id="BR.1"),
        ],
        [
            in_group("sent", minute(-DAY), participant_id="BR.1", participant_user_id="BR.1"),
            in_group("read", minute(1), participant_id=FIRST),
            # another message tells that the two are one
            in_group(
                "sent", minute(2), message_id="B", participant_id=FIRST, participant_user_id="BR.1"
            ),
        ],
        [
            in_group("delivered", minute(-DAY), participant_id=FIRST),
            in_group("failed", minute(1), error_code=131041),
        ],
        [
            in_group("delivered", minute(-DAY), participant_id=FIRST),
            in_group("failed", minute(1), error_code=131041),
            in_group("delivered", minute(2), participant_id=SECOND),
        ],
    ],
)
def test_a_message_is_in_one_of_two_adjacent_spans(views: Views, rows: list[Row]) -> None:
    everything = "SELECT display_phone_number, participant_id, first_at FROM outcomes ORDER BY ALL"
    views.add(*rows)
    total = views.rows(everything)
    assert total
    limit(views, None, minute(0))
    earlier = views.rows(everything)
    limit(views, minute(0), None)
    later = views.rows(everything)
    assert sorted(earlier + later, key=str) == sorted(total, key=str)
    assert all(row["first_at"] < minute(0) for row in earlier)


def test_a_delivery_stamped_before_its_sent_is_not_lost(views: Views) -> None:
    regular = {"pricing_type": "regular", "category": "utility"}
    views.add(status("delivered", minute(-1 / 60), **regular), status("sent", minute(0)))
    whole = views.row("FROM outcomes")
    limit(views, minute(0), minute(DAY))
    assert views.row("FROM outcomes") == whole
    assert whole["outcome"] == "delivered"
    assert views.row("FROM billing")["units"] == 1


@pytest.mark.parametrize("early", ["sent", "delivered"])
def test_what_began_in_the_hour_before_stays_out(views: Views, early: str) -> None:
    views.add(status(early, minute(-59)), status("read", minute(1)))
    limit(views, minute(0))
    assert ids(views) == set()


def test_all_views_are_limited(views: Views) -> None:
    priced = {"category": "utility", "pricing_type": "regular"}
    for number in range(3):
        views.add(
            status("delivered", minute(number * DAY), message_id=f"A{number}", **priced),
            status("failed", minute(number * DAY), message_id=f"B{number}"),
        )
    limit(views, minute(DAY), minute(2 * DAY))
    for view, count in {
        "delivery": "sum(messages)",
        "failures": "sum(messages)",
        "conversations": "sum(messages)",
        "billing": "sum(units)",
    }.items():
        expected = 2 if view == "delivery" else 1
        assert views.row(f"SELECT {count}::INT AS n FROM {view}") == {"n": expected}, view


def test_referrals_are_limited(views: Views) -> None:
    for number in range(3):
        inbound = {"message_id": f"in.{number}", "channel": "messages"}
        at = {"occurred_at": minute(number * DAY), "referral_source_type": "ad"}
        views.add(inbound | at, table="messages")
    limit(views, minute(DAY), minute(2 * DAY))
    assert views.row("FROM conversations")["messages"] == 1


@pytest.fixture
def files(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """A warehouse with ten data files, a day each."""
    with connect(Location.under(tmp_path)) as connection:
        create(connection)
        views = Views(connection)
        for day in range(10):
            at = minute(day * DAY)
            views.add(*(status("sent", at, message_id=f"{day}.{n}") for n in range(60)))
    return connect(Location.under(tmp_path), read_only=True)


def test_files_outside_the_span_are_not_read(files: duckdb.DuckDBPyConnection) -> None:
    with files:
        limit(Views(files), minute(9 * DAY - 1))
        plan = files.execute("EXPLAIN (ANALYZE, FORMAT json) SELECT outcome FROM outcomes")
        text = plan.fetchall()[0][1]
        (count,) = files.execute("SELECT count(*) FROM outcomes").fetchall()[0]
    assert count == 60
    read = [scan["extra_info"]["Total Files Read"] for scan in scans(json.loads(text), 60)]
    assert set(read) == {"1"}


def scans(node: dict[str, Any], rows: int) -> list[dict[str, Any]]:
    """The plan's scans of `statuses` that gave so many rows."""
    found = [scan for child in node["children"] for scan in scans(child, rows)]
    statuses = node.get("extra_info", {}).get("Table") == "statuses"
    return [*found, node] if statuses and node["operator_cardinality"] == rows else found


def test_a_status_long_after_the_end_is_not_waited_for(views: Views) -> None:
    views.add(*story("A", 0.1, "sent"), *story("A", 40, "read"))
    limit(views, minute(0), minute(DAY))
    assert views.row("FROM outcomes")["outcome"] == "no_outcome"
    limit(views, minute(0))
    assert views.row("FROM outcomes")["read_at"] == minute(40 * DAY)
