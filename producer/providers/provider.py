"""The declaration of a provider: one webhook shape, and its conversion to the canonical shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


def unchanged(body: Json) -> Json:
    """For bodies that have the canonical shape, which allows lists at the top."""
    return body


@dataclass(frozen=True, slots=True)
class Provider:
    """How to read the JSON objects of one dialect. The functions are pure.

    Each module in this folder defines one as `PROVIDER`; its line in `settings/dialects.py` has
    the module's name. If a function raises, the body becomes a dead letter.
    """

    recognises: Callable[[Json, bool], bool]
    """Whether an object has this shape; the flag is true if its source is configured so."""

    to_canonical: Callable[[Json], Json]
    """Returns an object in the Cloud API's shape; must not change its argument.

    That is `{"entry": [{"id", "time", "changes": [{"field", "value"}]}]}`, or only the lists of
    a `value` at the top. Keys that have no place in this shape stay beside the lists, so that
    they are kept.
    """

    from_canonical: Callable[[Json], Json]
    """Converts back, for a dead letter: `to_canonical` of the result gives the argument again.

    The argument has one entry with one change. Its value holds at most one element of a list, the
    contacts beside it, `metadata` (always, but it may be empty) and unknown scalars. If nothing
    in a value could be read, it is the whole value.
    """
