"""The AsyncAPI document is that of today's schemas."""

from __future__ import annotations

import yaml

from schemas.topics import TOPICS, schema_of
from tests.support.asyncapi import PAGE, text


def test_it_is_current() -> None:
    assert PAGE.read_text("utf-8") == text(), "run `python -m tests.support.asyncapi`"


def test_every_reference_leads_somewhere() -> None:
    page = yaml.safe_load(PAGE.read_text("utf-8"))
    found = 0
    nodes = [page]
    while nodes:
        node = nodes.pop()
        nodes += node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
        if isinstance(node, dict) and "$ref" in node:
            target = page
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            found += 1
    assert found == 3 * len(TOPICS)


def test_it_has_every_topic_with_its_schema() -> None:
    page = yaml.safe_load(PAGE.read_text("utf-8"))
    addresses = {channel["address"] for channel in page["channels"].values()}
    assert addresses == {topic.name for topic in TOPICS}
    for topic in TOPICS:
        message = page["components"]["messages"][schema_of(topic)["name"]]
        assert message["payload"]["schema"] == schema_of(topic)
