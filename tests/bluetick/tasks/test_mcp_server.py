"""`bluetick mcp`, asked by the official client."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from mcp import StdioServerParameters
from mcp.client.client import Client
from mcp.client.stdio import stdio_client

from bluetick.tasks.mcp_server import MOST_ROWS, Role, server
from tests.support.dashboard import filled
from tests.support.paused_template import CAMPAIGN, paused_template
from warehouse.connection import Location

pytestmark = pytest.mark.process
READS = {"diagnose", "message", "views"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder of a warehouse with an incident."""
    return filled(tmp_path_factory.mktemp("paused"), paused_template(datetime.now(UTC)))


def asked(
    folder: Path, questions: Callable[[Client], Awaitable[Any]], role: Role = "operator"
) -> Any:
    async def run() -> Any:
        async with Client(server(Location.under(folder), role)) as client:
            return await questions(client)

    return asyncio.run(run())


def answer(folder: Path, tool: str, **arguments: object) -> Any:
    result = asked(folder, lambda client: client.call_tool(tool, arguments))
    assert not result.is_error, result.content
    return result.structured_content


def refusal(folder: Path, tool: str, **arguments: object) -> str:
    result = asked(folder, lambda client: client.call_tool(tool, arguments))
    assert result.is_error
    return str(result.content[0])


def test_it_says_what_is_wrong(folder: Path) -> None:
    (anomaly,) = answer(folder, "diagnose", hours=24)["anomalies"]
    assert anomaly["where"] == {"campaign": CAMPAIGN}
    assert "30 of 30 messages failed" in anomaly["sentence"]


def test_it_answers_sql_and_says_if_there_is_more(folder: Path) -> None:
    counted = answer(
        folder, "query", sql="SELECT count(*) AS n, max(occurred_at) AS at FROM statuses"
    )
    ((row,), more) = counted["rows"], counted["more"]
    assert row["n"] > 0
    assert datetime.fromisoformat(row["at"]).tzinfo
    assert not more
    first = answer(folder, "query", sql="FROM statuses", rows=2)
    assert (len(first["rows"]), first["more"]) == (2, True)


def test_it_lists_views_before_tables_with_their_columns(folder: Path) -> None:
    relations = answer(folder, "views")["relations"]
    kinds = [relation["view"] for relation in relations]
    assert kinds == sorted(kinds, reverse=True)
    columns = {relation["name"]: relation["columns"] for relation in relations}
    assert columns["delivery"]["delivery_rate"] == "DOUBLE"
    assert columns["statuses"]["occurred_at"] == "TIMESTAMPTZ"


def test_it_shows_one_message_with_its_person_masked(folder: Path) -> None:
    sql = "SELECT message_id, recipient_id FROM statuses WHERE recipient_id IS NOT NULL LIMIT 1"
    (known,) = answer(folder, "query", sql=sql)["rows"]
    found = answer(folder, "message", message_id=known["message_id"])
    assert found["statuses"]
    assert known["recipient_id"] not in str(found)


@pytest.mark.parametrize(
    "sql",
    ["DELETE FROM statuses", "COPY statuses TO 'a.csv'", "SELECT * FROM read_text('/etc/hosts')"],
)
def test_it_only_reads(folder: Path, sql: str) -> None:
    assert "is refused" in refusal(folder, "query", sql=sql)


def test_too_many_rows_are_refused(folder: Path) -> None:
    assert str(MOST_ROWS) in refusal(folder, "query", sql="SELECT 1", rows=MOST_ROWS + 1)


def test_a_viewer_has_no_sql(folder: Path) -> None:
    async def names(client: Client) -> set[str]:
        listed = (await client.list_tools()).tools
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in listed)
        return {tool.name for tool in listed}

    assert asked(folder, names, "viewer") == READS
    assert asked(folder, names) == READS | {"query"}


def test_without_a_warehouse_it_says_what_to_do(tmp_path: Path) -> None:
    assert "bluetick up" in refusal(tmp_path / "nowhere", "views")


def test_the_command_speaks_on_its_standard_input_and_output(folder: Path) -> None:
    command = ["-m", "bluetick", "mcp", "--data-dir", str(folder)]

    async def run() -> str:
        transport = stdio_client(StdioServerParameters(command=sys.executable, args=command))
        async with Client(transport) as client:
            result = await client.call_tool("query", {"sql": "SELECT 40 + 2 AS n"})
            return str(result.structured_content)

    assert "42" in asyncio.run(run())
