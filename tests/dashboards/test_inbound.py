"""The page Inbound: its counts against plain SQL, and how it finds service windows and answers."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from dashboards import queries
from dashboards.answers import Answers
from dashboards.components import formats
from dashboards.selection import Choice, Selection, selection_at
from schemas.topics import MESSAGES
from tests.dashboards.test_pages import beside, metrics, text
from tests.support import states
from tests.support.dashboard import Opened, filled
from tests.support.traffic import Traffic
from warehouse.connection import Location, connect

pytestmark = pytest.mark.slow

CHOICES = {
    "day": Choice("24h"),
    "week": Choice("7d"),
    "number": Choice("7d", numbers=("15550001111",)),
    "source": Choice("7d", sources=("positus",)),
}
NUMBER, PERSON = "15550001111", "4915700000001"


@pytest.fixture(params=CHOICES)
def selection(request: pytest.FixtureRequest, now: datetime) -> Selection:
    return selection_at(CHOICES[request.param], now)


def test_counts_agree_with_the_table(sql: duckdb.DuckDBPyConnection, selection: Selection) -> None:
    page = queries.inbound(sql, selection)

    rows = [
        (kind, number, person, referral, ad)
        for kind, number, person, referral, ad, source, at in sql.execute(
            "SELECT type, display_phone_number, sender_id, referral_source_type, "
            "referral_source_id, source, occurred_at FROM messages"
        ).fetchall()
        if selection.since <= at < selection.until
        and number in (selection.choice.numbers or (number,))
        and source in (selection.choice.sources or (source,))
    ]
    by_type, by_number, by_ad = (Counter(row[at] for row in rows) for at in (0, 1, 4))
    del by_ad[None]
    assert page.messages == len(rows) > 0
    assert page.people == len({row[2] for row in rows})
    assert page.referred == sum(row[3] is not None for row in rows)
    assert dict(page.series.groupby("type")["messages"].sum()) == by_type
    assert dict(zip(page.numbers["number"], page.numbers["messages"], strict=True)) == by_number
    assert (
        dict(zip(page.referrals["referral_id"], page.referrals["messages"], strict=True)) == by_ad
    )
    wanted = [
        value
        for value, number, source, at in sql.execute(
            "SELECT event, display_phone_number, source, occurred_at FROM account_events "
            "WHERE field = 'user_preferences'"
        ).fetchall()
        if selection.since <= at < selection.until
        and number in (selection.choice.numbers or (number,))
        and source in (selection.choice.sources or (source,))
    ]
    assert (page.stopped, page.resumed) == (wanted.count("stop"), wanted.count("resume"))


def test_windows_and_answers_are_found(tmp_path: Path, now: datetime) -> None:
    traffic = Traffic()

    def arrives(hours: float, person: str = PERSON, number: str = NUMBER, **extra: str) -> None:
        columns = {"channel": "messages", "type": "text", "sender_id": person} | extra
        traffic.add(
            "messages", source="meta", dialect="cloud", display_phone_number=number,
            occurred_at=now - timedelta(hours=hours), message_id=f"in-{hours}", **columns,
        )  # fmt: skip

    def answers(hours: float, seconds: int, person: str = PERSON, status: str = "sent") -> None:
        traffic.add(
            "statuses", source="meta", dialect="cloud", kind="message", channel="messages",
            display_phone_number=NUMBER, message_id=f"out-{hours}-{seconds}", status=status,
            recipient_id=person, occurred_at=now - timedelta(hours=hours, seconds=-seconds),
        )  # fmt: skip

    arrives(30)  # before the range, and keeps the window open for
    arrives(20)  # this one, which opens none
    arrives(5, "a")
    answers(5, 60, "a")
    answers(5, 500, "a")  # not the next one
    arrives(4.9, "a")  # in the same window
    arrives(4, "b")
    answers(4, 600, "b")
    arrives(3, "c")
    answers(3, -10, "c")  # before the message
    answers(3, 10, "c", "delivered")  # of another message
    arrives(2, "d")
    answers(2, 10, "e")  # to somebody else
    arrives(1, "d", number="4915550002222")  # another number has its own window
    arrives(1, "f", channel="history")
    arrives(0.9, "49")  # only the country is kept
    answers(0.9, 10, "49")
    filled(tmp_path, traffic)
    with connect(Location.under(tmp_path), read_only=True) as connection:
        page = queries.inbound(connection, selection_at(Choice("24h"), now))
        longer = queries.inbound(connection, selection_at(Choice("7d"), now))

    assert page.answers == Answers(opened=5, answered=2, p50=60, p90=600)
    assert longer.answers is None
    assert (longer.messages, longer.people) == (9, 5)


def test_the_page_shows_windows_for_short_ranges(app: Opened, busy: Path) -> None:
    opened = app.on(busy, "inbound", range="24h")

    assert not opened.exception
    assert metrics(opened)["Service windows"] != formats.NOTHING
    assert "answered" in beside(opened, "Time to answer")
    opened.pills(key="range").set_value("7d").run()
    assert metrics(opened)["Service windows"] == formats.NOTHING
    assert "ranges up to 2 days" in beside(opened, "Service windows")


def test_people_of_whom_only_the_country_is_kept_are_not_counted(
    app: Opened, tmp_path: Path
) -> None:
    states.only(MESSAGES, type="text", channel="messages", sender_id="US.")(tmp_path)

    opened = app.on(tmp_path, "inbound", range="24h")

    assert not opened.exception
    shown = metrics(opened)
    assert shown["Inbound messages"] == "1"
    for name in ("People", "Service windows", "Time to answer"):
        assert shown[name] == formats.NOTHING
        assert "not kept who wrote" in beside(opened, name)


def test_inbound_messages_are_shown_before_the_first_message_is_sent(
    app: Opened, tmp_path: Path
) -> None:
    states.only(MESSAGES, type="text", channel="messages")(tmp_path)

    opened = app.on(tmp_path, "inbound")

    assert not opened.exception
    assert metrics(opened)["Inbound messages"] == "1"


def test_without_messages_the_page_says_so(app: Opened, tmp_path: Path) -> None:
    states.old(tmp_path)

    opened = app.on(tmp_path, "inbound")

    assert not opened.exception
    assert "No inbound messages in this time range." in text(opened)
