"""Messages of a limited time range."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.lake import created
from tests.support.views import Row, Views, in_group, minute, status
from warehouse.connection import Location, connect

pytestmark = pytest.mark.slow

DAY = 24 * 60


def within(view: str, since: datetime | None = None, until: datetime | None = None) -> str:
    """A view of a span of time, as it is written after FROM; None sets no limit."""
    limits = (f"'{limit.isoformat()}'" if limit else "NULL" for limit in (since, until))
    return f"{view}({', '.join(limits)})"


def ids(views: Views, since: datetime | None = None, until: datetime | None = None) -> set[str]:
    return {row["message_id"] for row in views.rows(f"FROM {within('outcomes', since, until)}")}


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
    assert ids(views, minute(0), minute(DAY)) == {"within", "end"}
    day = within("outcomes", minute(0), minute(DAY))
    assert views.row(f"FROM {day} WHERE message_id = 'end'")["outcome"] == "read"
    assert len(ids(views)) == 5
    assert len(views.rows("FROM outcomes")) == len(views.rows("FROM outcomes()")) == 5


def test_without_sent_an_earlier_first_status_is_searched(views: Views) -> None:
    views.add(*story("old", -20, "delivered"), *story("old", 0.1, "read"))
    views.add(*story("new", 0.1, "delivered", "read"))
    assert ids(views, minute(0)) == {"new"}


def test_statuses_of_other_kinds_do_not_begin_a_message(views: Views) -> None:
    views.add(*story("A", 0.1, "read"), {**story("A", -1, "captured")[0], "kind": "payment"})
    views.add(*story("B", 0.1, "read"), {**story("B", -1, "sent")[0], "channel": "history"})
    assert ids(views, minute(0)) == {"A", "B"}


def test_a_group_message_that_began_earlier_has_no_participants_now(views: Views) -> None:
    views.add(
        in_group("sent", minute(-5)),
        in_group("read", minute(5), participant_id="5511900000001"),
    )
    assert ids(views, minute(0)) == set()


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
        # the same status twice, with different times
        [
            status("sent", minute(-1)),
            status("read", minute(1), display_phone_number=None),
        ],
        [
            status("sent", minute(-1), display_phone_number=None),
            status("read", minute(1)),
        ],
        [
            status("delivered", minute(-DAY), display_phone_number=None),
            status("read", minute(1)),
        ],
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
            # another message shows that the two are one
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
    everything = "SELECT display_phone_number, participant_id, first_at FROM {} ORDER BY ALL"
    views.add(*rows)
    total = views.rows(everything.format("outcomes"))
    assert total
    earlier = views.rows(everything.format(within("outcomes", None, minute(0))))
    later = views.rows(everything.format(within("outcomes", minute(0), None)))
    assert sorted(earlier + later, key=str) == sorted(total, key=str)
    assert all(row["first_at"] < minute(0) for row in earlier)


def test_a_delivery_stamped_before_its_sent_is_not_lost(views: Views) -> None:
    regular = {"pricing_type": "regular", "category": "utility"}
    views.add(status("delivered", minute(-1 / 60), **regular), status("sent", minute(0)))
    whole = views.row("FROM outcomes")
    assert views.row(f"FROM {within('outcomes', minute(0), minute(DAY))}") == whole
    assert whole["outcome"] == "delivered"
    # It was delivered, and so charged, before the span.
    assert views.rows(f"FROM {within('billing', minute(0), minute(DAY))}") == []
    assert views.row(f"FROM {within('billing', minute(-15), minute(0))}")["units"] == 1


@pytest.mark.parametrize("early", ["sent", "delivered"])
def test_what_began_in_the_hour_before_is_left_out(views: Views, early: str) -> None:
    views.add(status(early, minute(-59)), status("read", minute(1)))
    assert ids(views, minute(0)) == set()


def test_all_views_are_limited(views: Views) -> None:
    priced = {"category": "utility", "pricing_type": "regular"}
    for number in range(3):
        views.add(
            status("delivered", minute(number * DAY), message_id=f"A{number}", **priced),
            status("failed", minute(number * DAY), message_id=f"B{number}"),
        )
    for view, count in {
        "outcome_counts": "sum(messages)",
        "delivery": "sum(messages)",
        "failures": "sum(messages)",
        "conversations": "sum(messages)",
        "billing": "sum(units)",
    }.items():
        expected = 2 if view in ("delivery", "outcome_counts") else 1
        span = within(view, minute(DAY), minute(2 * DAY))
        assert views.row(f"SELECT {count}::INT AS n FROM {span}") == {"n": expected}, view


def test_referrals_are_limited(views: Views) -> None:
    for number in range(3):
        inbound = {"message_id": f"in.{number}", "channel": "messages"}
        at = {"occurred_at": minute(number * DAY), "referral_source_type": "ad"}
        views.add(inbound | at, table="messages")
    span = within("conversations", minute(DAY), minute(2 * DAY))
    assert views.row(f"FROM {span}")["messages"] == 1


@pytest.fixture
def files(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """A warehouse with ten data files, a day each."""
    with created(tmp_path) as connection:
        views = Views(connection)
        for day in range(10):
            at = minute(day * DAY)
            views.insert(*(status("sent", at, message_id=f"{day}.{n}") for n in range(60)))
    return connect(Location.under(tmp_path), read_only=True)


def test_files_outside_the_span_are_not_read(files: duckdb.DuckDBPyConnection) -> None:
    with files:
        span = within("outcomes", minute(9 * DAY - 1))
        plan = files.execute(f"EXPLAIN (ANALYZE, FORMAT json) SELECT outcome FROM {span}")
        text = plan.fetchall()[0][1]
        (count,) = files.execute(f"SELECT count(*) FROM {span}").fetchall()[0]
    assert count == 60
    read = [scan["extra_info"]["Total Files Read"] for scan in scans(json.loads(text), 60)]
    assert set(read) == {"1"}


def scans(node: dict[str, Any], rows: int) -> list[dict[str, Any]]:
    """The plan's scans of `statuses` that gave so many rows."""
    found = [scan for child in node["children"] for scan in scans(child, rows)]
    statuses = node.get("extra_info", {}).get("Table") == "statuses"
    return [*found, node] if statuses and node["operator_cardinality"] == rows else found


def test_a_status_long_after_the_end_is_ignored(views: Views) -> None:
    views.add(*story("A", 0.1, "sent"), *story("A", 40, "read"))
    day = within("outcomes", minute(0), minute(DAY))
    assert views.row(f"FROM {day}")["outcome"] == "no_outcome"
    assert views.row(f"FROM {within('outcomes', minute(0))}")["read_at"] == minute(40 * DAY)


def test_a_delivery_counts_at_its_own_time(views: Views) -> None:
    views.add(*story("A", -20, "sent"), *story("A", 0.5, "delivered"))
    views.add(*story("B", 0.5, "sent"), *story("B", 1.5, "delivered"))
    day = within("billing", minute(0), minute(DAY))
    assert views.row(f"SELECT sum(units)::INT AS n FROM {day}") == {"n": 1}


def test_a_whole_conversation_counts_where_it_began(views: Views) -> None:
    talk = {"conversation_id": "c1", "origin": "utility", "pricing_model": "CBP"}
    for number, day in enumerate((0.9, 1.1, 1.5)):
        views.add(status("sent", minute(day * DAY), message_id=str(number), **talk))
    first, second = (
        within("conversations", minute(day * DAY), minute((day + 1) * DAY)) for day in (0, 1)
    )
    assert views.row(f"SELECT conversations, messages FROM {first}") == {
        "conversations": 1,
        "messages": 3,
    }
    assert views.rows(f"FROM {second}") == []
