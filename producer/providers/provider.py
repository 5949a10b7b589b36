"""What a provider is: one webhook shape, and the way to the canonical shape and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Provider:
    """How the JSON objects of one dialect are read. The functions are pure and may raise.

    A module in this folder holds one as `PROVIDER`; its line in `settings/dialects.py` has the
    module's name. Where a function raises, the body becomes a dead letter.
    """

    recognises: Callable[[Json, bool], bool]
    """Whether an object is of this shape; the flag says that its source is configured so."""

    to_canonical: Callable[[Json], Json]
    """An object, never changed in place, as the Cloud API would send it.

    That is `{"entry": [{"id", "time", "changes": [{"field", "value"}]}]}`, or only the lists of
    a `value` at the top. Keys without a place in it stay beside the lists; they are kept.
    """

    from_canonical: Callable[[Json], Json]
    """The way back for a dead letter: `to_canonical` of the result gives the argument again.

    The argument has one entry with one change, whose value holds at most one element of a list,
    the contacts beside it, `metadata` (always, maybe empty) and unknown scalars. Where a value
    was read as nothing at all, it is the whole value.
    """
