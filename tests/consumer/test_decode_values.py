"""Values that can be decoded, but that the warehouse could not store or search."""

from __future__ import annotations

from typing import Any

import pytest

from consumer.decode import EARLIEST_US, LATEST_US, decode
from schemas.topics import LANDED, STATUSES, Topic, schema_of
from tests.support.records import REGISTRY, event, framed, records


def decoded(topic: Topic, **fields: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of one record, and the reasons if it became poison."""
    found = decode(topic, records(topic, [framed(topic, event(topic, **fields))]), REGISTRY)
    return found.rows.to_dicts(), [poison.reason for poison in found.poison]


def texts(topic: Topic) -> list[str]:
    return [
        field["name"]
        for field in schema_of(topic)["fields"]
        if field["type"] in ("string", ["null", "string"])
    ]


@pytest.mark.parametrize("topic", LANDED, ids=lambda topic: topic.stem)
def test_no_text_keeps_a_nul(topic: Topic) -> None:
    required = dict.fromkeys(texts(topic), "\0a\0")

    (row,), poison = decoded(topic, **required)

    assert {row[name] for name in texts(topic)} == {
        "\N{REPLACEMENT CHARACTER}a\N{REPLACEMENT CHARACTER}"
    }
    assert not poison


@pytest.mark.parametrize("value", [None, EARLIEST_US, LATEST_US])
def test_a_time_may_be_at_a_limit_and_an_optional_one_missing(value: int | None) -> None:
    (row,), poison = decoded(STATUSES, conversation_expires_at=value)

    assert (row["conversation_expires_at"] is None) == (value is None)
    assert not poison


@pytest.mark.parametrize("name", ["occurred_at", "received_at", "conversation_expires_at"])
@pytest.mark.parametrize("value", [-1, LATEST_US + 1, 2**63 - 1, -(2**63), 253_402_300_800_000_000])
def test_a_time_outside_the_calendar_is_poison(name: str, value: int) -> None:
    assert decoded(STATUSES, **{name: value}) == ([], ["invalid_values"])
