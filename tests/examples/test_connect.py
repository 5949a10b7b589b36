"""The configurations of Kafka Connect name topics and tables that exist; none of them was run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from schemas.topics import TOPICS
from tests.support.clients import EXAMPLES, ROOT

FILES = sorted((EXAMPLES / "connect").glob("*.json"))
TABLES = {topic.name: topic.table for topic in TOPICS if topic.table}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_names_topics_and_tables_that_exist(file: Path) -> None:
    settings = json.loads(file.read_text("utf-8"))["config"]
    topics = settings["topics"].split(",")
    assert topics
    assert set(topics) <= TABLES.keys()
    for name in ("topic2TableMap", "snowflake.topic2table.map"):
        if name in settings:
            pairs = dict(re.split("[=:]", pair) for pair in settings[name].split(","))
            assert {topic: table.lower() for topic, table in pairs.items()} == {
                topic: TABLES[topic] for topic in topics
            }
    secrets = {key for key in settings if key.endswith(("password", "private.key"))}
    assert all(settings[key].startswith("${env:") for key in secrets)


def test_the_page_says_that_none_was_tried() -> None:
    page = (ROOT / "docs" / "clients.md").read_text("utf-8")
    for file in FILES:
        (row,) = (line for line in page.splitlines() if f"examples/connect/{file.name}" in line)
        assert "| not tried |" in row
