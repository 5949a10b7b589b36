"""What a limited connection reads, of every table and every view."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from dashboards import roles, visible_rows
from dashboards.roles import Person, Sight
from tests.support.views import CUSTOMER, NUMBER, Views, in_memory, status
from warehouse import reference
from warehouse.connection import ALIAS
from warehouse.tables import tables
from warehouse.views import VIEWS

OTHER, THEIR_ACCOUNT = "4915550002222", "200"
LIMITED = Sight(people=False, limited=True, numbers=(NUMBER,))
VIEWER = Sight(people=False)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """One message of each of two business numbers, one inbound message of each, and the rest."""
    with in_memory() as opened:
        views = Views(opened)
        for number, account, message in ((NUMBER, "100", "a"), (OTHER, THEIR_ACCOUNT, "b")):
            own = {"display_phone_number": number, "waba_id": account}
            views.add(status("delivered", **own, message_id=f"wamid.{message * 20}"))
            common = {key: status("x", **own)[key] for key in ("event_id", "occurred_at", "source")}
            common |= {"received_at": common["occurred_at"], **own}
            views.add(
                common
                | {"channel": "messages", "type": "text", "content": "Hello", "sender_id": CUSTOMER}
                | {"message_id": f"wamid.{message * 20}", "sender_name": "Ana"},
                table="messages",
            )
            views.add(common | {"code": 1, "message": "Hello"}, table="errors")
            views.add(
                common | {"field": "account_update", "event": "X", "value": f'"{account}"'},
                table="account_events",
            )
            account_only = common | {"display_phone_number": None}
            views.add(account_only | {"field": "account_alerts"}, table="account_events")
        letter = {"source": "meta", "payload": b"Hello", "reason": "not_json"}
        views.add(letter, table="dead_letters")
        yield opened


@pytest.fixture
def limited(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor in a transaction, as pages have it."""
    with connection.cursor() as cursor:
        cursor.execute(f"USE {ALIAS}")
        cursor.execute("BEGIN TRANSACTION")
        yield cursor
        cursor.execute("ROLLBACK")


def restrict(cursor: duckdb.DuckDBPyConnection, sight: Sight) -> None:
    visible_rows.restrict(cursor, sight, sight.numbers, "salt")


def everything(cursor: duckdb.DuckDBPyConnection) -> str:
    """All values of all tables and views, as text."""
    names = [*tables(), *VIEWS]
    return "\n".join(str(cursor.execute(f"FROM {name}").fetchall()) for name in names)


def test_limited_persons_read_no_row_of_others(limited: duckdb.DuckDBPyConnection) -> None:
    assert OTHER in everything(limited)
    restrict(limited, LIMITED)
    seen = everything(limited)
    assert NUMBER in seen
    assert OTHER not in seen
    assert f"'{THEIR_ACCOUNT}'" not in seen
    assert limited.execute("SELECT sum(messages) FROM outcome_counts()").fetchall() == [(1,)]
    assert limited.execute("SELECT count(*) FROM dead_letters").fetchall() == [(0,)]


def test_an_account_gives_its_events_without_a_number(limited: duckdb.DuckDBPyConnection) -> None:
    sight = Sight(people=False, limited=True, accounts=(THEIR_ACCOUNT,))
    visible_rows.restrict(limited, sight, (OTHER,), "salt")
    found = limited.execute("SELECT field, waba_id FROM account_events ORDER BY ALL").fetchall()
    assert found == [("account_alerts", THEIR_ACCOUNT), ("account_update", THEIR_ACCOUNT)]


def test_limits_that_match_nothing_show_nothing(limited: duckdb.DuckDBPyConnection) -> None:
    restrict(limited, Sight(people=False, limited=True))
    assert limited.execute("SELECT count(*) FROM statuses").fetchall() == [(0,)]
    assert limited.execute("SELECT count(*) FROM rollups").fetchall() == [(0,)]


def test_viewers_read_no_person_and_no_text(limited: duckdb.DuckDBPyConnection) -> None:
    private = (CUSTOMER, "wamid.", "Ana", "Hello")
    before = everything(limited)
    assert all(text in before for text in private)
    people = "SELECT count(DISTINCT sender_id) FROM messages"
    counted = limited.execute(people).fetchall()
    restrict(limited, VIEWER)
    seen = everything(limited)
    assert [text for text in private if text in seen] == []
    assert OTHER in seen  # of all business numbers
    assert limited.execute(people).fetchall() == counted


def test_every_table_is_limited_or_known_to_be_shared() -> None:
    free = {*visible_rows.SHARED, *reference.tables()}
    sights = Sight(people=False, limited=True, numbers=("1",))
    made = list(visible_rows.statements(tables(), sights, ("1",), "salt"))
    assert len(made) == len(tables().keys() - free)
    (unknown,) = visible_rows.statements(["new_table"], VIEWER, (), "salt")
    assert unknown.endswith("WHERE false")


def test_roles_open_the_pages_they_need() -> None:
    operator, viewer = Person("o", "operator"), Person("v", "viewer")
    limited = Person("l", "viewer", accounts=("100",))
    closed = [{page for page in roles.PAGES if not who.may_open(page)} for who in
              (operator, viewer, limited)]  # fmt: skip
    assert closed == [set(), {"messages", "sql"}, {"messages", "sql", "pipeline"}]
    assert operator.sight == roles.EVERYTHING
    with pytest.raises(KeyError):
        operator.may_open("another")
