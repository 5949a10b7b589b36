"""The page Messages, with one message's events compared with the tables."""

from __future__ import annotations

import itertools
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import queries
from dashboards.components import formats
from schemas.topics import MESSAGES, STATUSES
from tests.dashboards.test_pages import metrics, text
from tests.support.dashboard import Opened
from tests.support.lake import Lake
from tests.support.views import ago

pytestmark = pytest.mark.slow


@pytest.fixture
def read_id(sql: duckdb.DuckDBPyConnection) -> str:
    """The id of a message that was sent, delivered and read."""
    ((found,),) = sql.execute(
        "SELECT message_id FROM statuses GROUP BY ALL HAVING count(*) = 3 ORDER BY ALL LIMIT 1"
    ).fetchall()
    return str(found)


def warnings(opened: AppTest) -> str:
    return " ".join(warning.value for warning in opened.warning)


def test_every_status_is_shown_in_order_with_its_place_in_kafka(
    app: Opened, busy: Path, sql: duckdb.DuckDBPyConnection, read_id: str
) -> None:
    opened = app.on(busy, "messages", id=f" {read_id} ")

    assert not opened.exception
    rows = sql.execute(
        'SELECT status, occurred_at, topic, partition, "offset" FROM statuses '
        "WHERE message_id = ? ORDER BY occurred_at",
        [read_id],
    ).fetchall()
    shown = opened.dataframe[0].value
    assert list(shown["Status"]) == [status.capitalize() for status, *_ in rows]
    assert list(zip(shown["Topic"], shown["Partition"], shown["Offset"], strict=True)) == [
        tuple(place) for _, _, *place in rows
    ]
    gaps = [(later[1] - row[1]).total_seconds() for row, later in itertools.pairwise(rows)]
    assert list(shown["Since the one before"]) == [
        formats.NOTHING,
        *(formats.duration(gap) for gap in gaps),
    ]
    assert metrics(opened)["Latest status"] == "Read"
    assert metrics(opened)["Time to deliver"] == formats.duration(gaps[0])
    assert metrics(opened)["Time to read"] == formats.duration(sum(gaps))


def test_people_are_masked(
    app: Opened, busy: Path, sql: duckdb.DuckDBPyConnection, read_id: str
) -> None:
    opened = app.on(busy, "messages", id=read_id)

    ((recipient,),) = sql.execute(
        "SELECT DISTINCT recipient_id FROM statuses WHERE message_id = ?", [read_id]
    ).fetchall()
    shown = "\n".join([text(opened), *(frame.value.to_csv() for frame in opened.dataframe)])
    assert metrics(opened)["Recipient"] == f"{recipient[:2]}…{recipient[-2:]}"
    assert recipient not in shown


def test_an_error_is_explained(app: Opened, busy: Path, sql: duckdb.DuckDBPyConnection) -> None:
    ((failed,),) = sql.execute(
        "SELECT message_id FROM statuses WHERE error_code = 131026 ORDER BY ALL LIMIT 1"
    ).fetchall()

    opened = app.on(busy, "messages", id=failed)

    (error,) = opened.error
    assert "**Error 131026.**" in error.value
    assert "What to do:" in error.value


def test_replies_and_reactions_are_shown(app: Opened, tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    now = int(ago().timestamp() * 1_000_000)
    times = {"occurred_at": now, "received_at": now}
    with lake.connection:
        lake.land_events(STATUSES, times | {"message_id": "wamid.OURS"})
        lake.land_events(
            MESSAGES,
            times | {"message_id": "wamid.R", "type": "text", "context_message_id": "wamid.OURS"},
            times
            | {"message_id": "wamid.E", "type": "reaction", "target_message_id": "wamid.OURS"},
        )

    opened = app.on(tmp_path, "messages", id="wamid.OURS")
    others = opened.dataframe[1].value
    assert sorted(zip(others["What"], others["Type"], others["Other message"], strict=True)) == [
        ("Change of this message", "Reaction", "wamid.E"),
        ("Reply to this message", "Text", "wamid.R"),
    ]

    opened.text_input(key="id").set_value("wamid.R").run()
    assert not opened.exception
    assert list(opened.dataframe[0].value["What"]) == ["This message came from a user"]
    assert opened.query_params["id"] in ("wamid.R", ["wamid.R"])


def test_an_unknown_id_is_answered_clearly(app: Opened, busy: Path) -> None:
    opened = app.on(busy, "messages", id="wamid.nobody")

    assert not opened.exception
    assert "Nothing about this message has landed" in warnings(opened)
    assert not opened.dataframe


def test_without_an_id_the_page_says_how_to_find_one(app: Opened, busy: Path) -> None:
    opened = app.on(busy, "messages")

    assert not opened.exception
    assert "Paste the id of a message" in text(opened)


def test_a_part_of_an_id_finds_nothing(sql: duckdb.DuckDBPyConnection, read_id: str) -> None:
    everything = queries.message_events(sql, None, read_id)  # type: ignore[arg-type]
    part = queries.message_events(sql, None, read_id[:-1])  # type: ignore[arg-type]

    assert len(everything.statuses) == 3
    assert part.empty
