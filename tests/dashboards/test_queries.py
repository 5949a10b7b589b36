"""The numbers on the pages, compared with plain SQL over the views, or over the tables if easy."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import pytest

from dashboards import queries
from dashboards.queries import NOT_STATED
from dashboards.queries.percentiles import WITHIN
from dashboards.selection import CUSTOM, DAY, Choice, Selection, selection_at

pytestmark = pytest.mark.slow

CHOICES = {
    "day": Choice("24h"),
    "week": Choice("7d"),
    "number": Choice("7d", numbers=("15550001111",)),
    "categories": Choice("7d", categories=("marketing", NOT_STATED)),
    "source": Choice("7d", sources=("positus",)),
    "all": Choice("7d", numbers=("4915550002222",), categories=("utility",), sources=("meta",)),
    "none": Choice("7d", numbers=("1",)),
    "account": Choice("7d", accounts=("102290129340398",)),
    "market": Choice("7d", markets=("Germany", "Brazil")),
    "campaign": Choice("7d", campaigns=("order-updates", NOT_STATED), markets=("Germany",)),
}


ASKED = [*(("memory", name) for name in CHOICES), ("in_lake", "day"), ("in_lake", "campaign")]


@pytest.fixture(params=ASKED, ids="-".join)
def asked(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Where the tables are that the fixture `sql` asks, and the choice."""
    found: tuple[str, str] = request.param
    return found


@pytest.fixture
def selection(asked: tuple[str, str], now: datetime) -> Selection:
    return selection_at(CHOICES[asked[1]], now)


def condition(selection: Selection) -> str:
    """The selection's filters as plain SQL."""
    parts = ["true"]
    for column, values in (
        ("coalesce(waba_id, 'not stated')", selection.choice.accounts),
        ("coalesce(market, 'not stated')", selection.choice.markets),
        ("coalesce(campaign, 'not stated')", selection.choice.campaigns),
        ("display_phone_number", selection.choice.numbers),
        ("coalesce(category, 'not stated')", selection.choice.categories),
        ("source", selection.choice.sources),
    ):
        if values:
            parts.append(f"{column} IN ({', '.join(repr(value) for value in values)})")
    return " AND ".join(parts)


def plain(
    sql: duckdb.DuckDBPyConnection, what: str, selection: Selection, rest: str = ""
) -> list[tuple]:  # type: ignore[type-arg]
    """What the views say for a selection, without anything of the dashboard's."""
    for name in ("since", "until"):
        sql.execute(f"RESET VARIABLE bluetick_{name}")
    return sql.execute(
        f"SELECT {what} FROM outcomes WHERE first_at >= ? AND first_at < ? "
        f"AND {condition(selection)} {rest}",
        [selection.since, selection.until],
    ).fetchall()


COUNTS = """
    count(*), count(*) FILTER (outcome IN ('delivered', 'read')),
    count(*) FILTER (outcome = 'read'), count(*) FILTER (outcome = 'sent'),
    count(*) FILTER (outcome = 'no_outcome'), count(*) FILTER (outcome = 'failed')
"""


def test_the_overview_agrees_with_the_views(
    sql: duckdb.DuckDBPyConnection, selection: Selection
) -> None:
    page = queries.overview(sql, selection)

    now = page.now
    assert [(now.messages, now.delivered, now.read, now.sent, now.no_outcome, now.failed)] == plain(
        sql, COUNTS, selection
    )
    assert page.series["messages"].sum() == now.messages
    assert page.numbers["messages"].sum() == now.messages
    assert page.families["messages"].sum() == now.failed
    assert page.empty == (now.messages == 0)


def test_the_period_before_has_the_same_length_and_ends_at_the_start(
    sql: duckdb.DuckDBPyConnection, selection: Selection
) -> None:
    page = queries.overview(sql, selection)

    earlier = Selection(selection.before, selection.since, selection.step, selection.choice)
    before = page.before.totals
    assert [(before.messages, before.failed)] == plain(
        sql, "count(*), count(*) FILTER (outcome = 'failed')", earlier
    )


def test_every_bar_of_the_range_exists_even_without_messages(
    sql: duckdb.DuckDBPyConnection, selection: Selection
) -> None:
    buckets = queries.overview(sql, selection).series["bucket"]

    assert buckets.iloc[0] == selection.since.replace(tzinfo=None)
    assert set(buckets.diff().dropna()) == {selection.step}
    assert (
        buckets.iloc[-1]
        <= selection.until.replace(tzinfo=None)
        < buckets.iloc[-1] + 2 * selection.step
    )


def test_dead_letters_are_counted_in_their_period(
    sql: duckdb.DuckDBPyConnection, now: datetime
) -> None:
    selection = selection_at(Choice("7d"), now)

    page = queries.overview(sql, selection)

    counted = "SELECT count(*) FROM dead_letters WHERE received_at >= ? AND received_at < ?"
    assert sql.execute(counted, [selection.since, selection.until]).fetchall() == [
        (page.dead_letters,)
    ]
    assert sql.execute(counted, [selection.before, selection.since]).fetchall() == [
        (page.dead_letters_before,)
    ]


def test_delivery_agrees_with_the_overview_and_its_own_groups(
    sql: duckdb.DuckDBPyConnection, selection: Selection
) -> None:
    page = queries.delivery(sql, selection)

    assert page.now == queries.overview(sql, selection).now
    for frame in (page.series, page.groups):
        assert frame["messages"].sum() == page.now.messages
        assert frame["read"].sum() == page.now.read


@pytest.mark.parametrize("what", ["deliver", "read"])
def test_percentiles_are_the_exact_ones_to_within_two_percent(
    sql: duckdb.DuckDBPyConnection, selection: Selection, what: str
) -> None:
    waits = queries.delivery(sql, selection).waits

    column = {"deliver": "delivered_at", "read": "read_at"}[what]
    ((exact, count),) = plain(
        sql,
        f"quantile_disc(greatest(epoch({column} - sent_at), 0), [0.5, 0.9, 0.95, 0.99]), count(*)",
        selection,
        f"AND sent_at IS NOT NULL AND {column} IS NOT NULL",
    )
    rows = waits[waits["what"] == what]
    if count == 0 or selection.choice.by_campaign:  # not summed by these
        assert rows.empty
        return
    assert rows["messages"].item() == count
    assert rows[["p50", "p90", "p95", "p99"]].iloc[0].tolist() == pytest.approx(
        exact, rel=0.02, abs=0.51
    )


@pytest.mark.parametrize("what", ["deliver", "read"])
def test_shares_within_a_time_are_exact_to_within_two_percent_of_the_time(
    sql: duckdb.DuckDBPyConnection, selection: Selection, what: str
) -> None:
    waits = queries.delivery(sql, selection).waits
    rows = waits[waits["what"] == what]
    if rows.empty:
        return

    column = {"deliver": "delivered_at", "read": "read_at"}[what]
    for name, seconds in WITHIN.items():
        ((fewest, most, count),) = plain(
            sql,
            f"count(*) FILTER (epoch({column} - sent_at) < {seconds * 0.98} - 0.51), "
            f"count(*) FILTER (epoch({column} - sent_at) <= {seconds * 1.02} + 0.51), count(*)",
            selection,
            f"AND sent_at IS NOT NULL AND {column} IS NOT NULL",
        )
        assert fewest <= round(rows[name].item() * count) <= most


def test_failures_name_every_code_with_its_advice(
    sql: duckdb.DuckDBPyConnection, selection: Selection
) -> None:
    page = queries.failures(sql, selection)

    counted = plain(
        sql,
        "error_code, dialect, count(*)",
        selection,
        "AND outcome = 'failed' GROUP BY ALL ORDER BY ALL",
    )
    codes = page.codes.sort_values(["error_code", "dialect"])
    assert [*codes[["error_code", "dialect", "messages"]].itertuples(index=False, name=None)] == (
        counted
    )
    if counted:
        assert page.codes["share"].sum() == pytest.approx(1)
        assert page.series["messages"].sum() == page.codes["messages"].sum()
    known = page.codes[page.codes["error_code"] == 131026]
    assert all(known["action"])
    assert all(known["meaning"])
    unknown = page.codes[page.codes["error_code"] == 131999]
    # Sums by campaign and market have no titles of providers.
    by_campaign = selection.choice.by_campaign
    title = "Error 131999" if by_campaign else "A failure no catalogue knows yet"
    assert set(unknown["title"]) <= {title}


def test_messages_of_a_code_are_the_newest_and_name_no_recipient(
    sql: duckdb.DuckDBPyConnection, now: datetime
) -> None:
    selection = selection_at(Choice("7d"), now)

    found = queries.failed_messages(sql, selection, "cloud", 131026)

    ids = plain(
        sql,
        "message_id",
        selection,
        "AND outcome = 'failed' AND error_code = 131026 ORDER BY failed_at DESC, message_id",
    )
    assert found["message_id"].tolist() == [row[0] for row in ids]
    assert [*found.columns] == ["failed_at", "message_id", "number", "category"]


def test_pricing_counts_the_units_of_whole_days(
    sql: duckdb.DuckDBPyConnection, now: datetime
) -> None:
    selection = selection_at(Choice("7d", categories=("utility",)), now)

    page = queries.pricing(sql, selection)

    exact = sql.execute(
        "SELECT verdict, sum(units) FROM billing WHERE category = 'utility' "
        "AND day BETWEEN ? AND ? GROUP BY ALL ORDER BY ALL",
        [selection.first_day, selection.last_day],
    ).fetchall()
    assert [*page.rows.groupby("verdict")["units"].sum().items()] == exact
    assert page.series["units"].sum() == page.markets["units"].sum() == page.rows["units"].sum()


def test_conversations_count_what_each_basis_counts(
    sql: duckdb.DuckDBPyConnection, now: datetime
) -> None:
    selection = selection_at(Choice("7d", numbers=("15550001111",)), now)

    page = queries.conversations(sql, selection)

    exact = sql.execute(
        "SELECT origin_basis, sum(coalesce(conversations, messages)) FROM conversations "
        "WHERE display_phone_number = '15550001111' AND day BETWEEN ? AND ? "
        "GROUP BY ALL ORDER BY ALL",
        [selection.first_day, selection.last_day],
    ).fetchall()
    assert {basis for basis, _ in exact} == {"category", "conversation", "referral"}
    assert [*page.origins.groupby("origin_basis")["counted"].sum().items()] == exact
    assert page.series["counted"].sum() == page.origins["counted"].sum()


def test_a_custom_range_in_the_past_is_the_same_as_plain_sql(
    sql: duckdb.DuckDBPyConnection, now: datetime
) -> None:
    day = (now - 5 * DAY).date()
    selection = selection_at(Choice(CUSTOM, days=(day, day + timedelta(days=1))), now)

    assert [(queries.overview(sql, selection).now.messages,)] == plain(sql, "count(*)", selection)


def test_the_filters_offer_what_there_is(sql: duckdb.DuckDBPyConnection, now: datetime) -> None:
    found = queries.options(sql, selection_at(Choice("30d"), now))

    assert found.numbers == ("15550001111", "34655500033", "4915550002222")
    assert found.sources == ("meta", "positus")
    assert found.accounts == ("102290129340398", NOT_STATED)
    assert {"order-updates", "spring-marketing"} <= set(found.campaigns)
    assert {"Germany", "Brazil"} <= set(found.markets)
    assert dict(found.titles)["cloud-131026"] == "Message undeliverable"
    assert "onprem-470" in found.codes
    assert set(found.categories) == {
        "authentication", "marketing", NOT_STATED, "service", "utility",
    }  # fmt: skip


def test_freshness_is_the_newest_event_of_any_age(
    sql: duckdb.DuckDBPyConnection, now: datetime
) -> None:
    found = queries.freshness(sql)

    newest = sql.execute("SELECT max(received_at) FROM statuses").fetchall()[0][0]
    assert found.received_at == newest
    assert found.landed_at is not None
    assert found.landed_at <= now


def test_the_period_before_counts_as_it_stood_at_the_same_age(
    sql: duckdb.DuckDBPyConnection, now: datetime
) -> None:
    # At some times of the day no message of the period before was still open.
    moments = (now - timedelta(minutes=7 * number) for number in range(100))
    selections = (selection_at(Choice("24h"), moment) for moment in moments)
    selection, deliveries, reads = next(
        (one, *late) for one in selections if all(late := late_arrivals(sql, one))
    )
    earlier = Selection(selection.before, selection.since, selection.step)

    before = queries.overview(sql, selection).before.totals

    ((messages, delivered, read, *_),) = plain(sql, COUNTS, earlier)
    # Messages count from the middle of three minutes.
    assert before.read == pytest.approx(read - reads, abs=2)
    assert before.delivered == pytest.approx(delivered - deliveries, abs=2)
    assert before.messages == messages


def late_arrivals(sql: duckdb.DuckDBPyConnection, selection: Selection) -> tuple[int, int]:
    """Messages of the period before that were delivered, or read, after its end."""
    late = "sent_at IS NOT NULL AND {} > ?"
    ((deliveries, reads),) = sql.execute(
        f"SELECT count(*) FILTER ({late.format('delivered_at')}), "
        f"count(*) FILTER ({late.format('read_at')}) "
        "FROM outcomes WHERE first_at >= ? AND first_at < ?",
        [selection.as_of, selection.as_of, selection.before, selection.since],
    ).fetchall()
    return deliveries, reads


def test_a_period_is_covered_only_if_there_is_data_from_before_it(
    sql: duckdb.DuckDBPyConnection, now: datetime
) -> None:
    day, fortnight = (queries.overview(sql, selection_at(Choice(p), now)) for p in ("24h", "30d"))

    assert day.before.covered
    assert not fortnight.before.covered
    assert fortnight.before.comparable(fortnight.now) is None
