"""The events of a body, as the normaliser reads it."""

from __future__ import annotations

import json
from typing import Any

from producer.normalise import Event, normalise
from tests.support.fixtures import RECEIVED_AT


def events_of(body: Any) -> list[Event]:
    """The events of a JSON value from a source that recognises the dialect of each body."""
    return normalise(
        json.dumps(body).encode(),
        source="s",
        dialect="auto",
        business_number=None,
        received_at=RECEIVED_AT,
    )
