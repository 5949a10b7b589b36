"""The pseudonyms of people and messages, with all keys of the configuration."""

from __future__ import annotations

from pathlib import Path

from bluetick.local.sources import configured
from bluetick.replay.source_dialects import Readings
from producer.pseudonyms import Pseudonyms
from warehouse.subjects import Subjects


def with_pseudonyms(wanted: Subjects, config: Path | None) -> Subjects:
    """Also the pseudonyms of these people and messages, by each key. Raises ConfigError.

    So what landed at the level `pseudonymous` is found by the phone number, and at the level
    `minimal` by the id of the message.
    """
    if configured(config) is None:
        return wanted
    known = [Pseudonyms(key_id, key) for key_id, key in Readings.of(config).privacy.keys.items()]
    return Subjects(
        [*wanted.people, *(one.person(name) for one in known for name in wanted.people)],
        [*wanted.messages, *(one.message(id_) for one in known for id_ in wanted.messages)],
    )
