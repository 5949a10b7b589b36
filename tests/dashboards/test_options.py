"""Filters offer only values that show something."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from dashboards import queries
from dashboards.selection import Choice, selection_at
from tests.support.lake import created
from tests.support.views import START, Row, Views, status

OTHER = "15550002222"


@pytest.mark.parametrize(
    ("rows", "sources"),
    [
        # both have the message, which counts under the first by name
        ([status("sent"), status("read", source="relay")], ["meta"]),
        (
            [
                status("sent"),
                status("read", source="relay"),
                status("read", source="relay", message_id="B"),
            ],
            ["meta", "relay"],
        ),
        ([status("sent"), status("read", source="relay", display_phone_number=OTHER)], None),
        # a provider's queue, before there is a message
        ([status("sent"), status("enqueued", source="bsp", display_phone_number=None)], ["meta"]),
        ([status("sent"), status("sent", source="bsp", display_phone_number=None)], None),
    ],
)
def test_sources_are_those_that_messages_count_under(
    tmp_path: Path, rows: list[Row], sources: list[str] | None
) -> None:
    with created(tmp_path) as connection:
        Views(connection).add(*rows)
        offered = queries.options(
            connection, selection_at(Choice("30d"), START + timedelta(days=1))
        )
        occurring = connection.execute("SELECT DISTINCT source FROM outcomes ORDER BY ALL")
        exact = [source for (source,) in occurring.fetchall()]

    assert list(offered.sources) == exact == (sources or exact)
