"""docs/assistants.md lists the tools as they are."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from bluetick.tasks.mcp_server import MOST_ROWS, server
from warehouse.connection import Location

DOC = (Path(__file__).parents[2] / "docs" / "assistants.md").read_text("utf-8")


def test_it_lists_every_tool_and_the_limit() -> None:
    tools = asyncio.run(server(Location.under(Path("nowhere")), "operator").list_tools())
    assert set(re.findall(r"^\| `(\w+)` ", DOC, re.MULTILINE)) == {tool.name for tool in tools}
    assert f"at most {MOST_ROWS} rows" in DOC
