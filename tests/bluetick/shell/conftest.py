"""A warehouse to query."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.topics import STATUSES
from tests.support.lake import Lake


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder whose warehouse is open in this process."""
    folder = tmp_path_factory.mktemp("data")
    lake = Lake(folder)
    lake.land_events(
        STATUSES,
        {"message_id": "wamid.1", "status": "sent", "callback_data": "a,b"},
        {"message_id": "wamid.2", "status": "read", "callback_data": None},
    )
    with lake.connection:
        yield folder
