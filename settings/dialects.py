"""The dialects of webhooks: the registry of providers, one line each.

A line holds what the rest must know without reading a body. How a body is recognised and read is
in `producer/providers/NAME.py`, a module of the dialect's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# A source of this dialect takes any shape.
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Dialect:
    """One webhook shape.

    `name` is written to every row as `dialect`. `error_generation` says whose meanings its error
    codes below 80000 have. `names_business_number` says whether every body does so.
    """

    name: str
    error_generation: Literal["cloud", "onprem"]
    names_business_number: bool


# The first that recognises a body reads it: special shapes stand before general ones.
DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        Dialect("cloud", error_generation="cloud", names_business_number=True),
        Dialect("engagelab", error_generation="onprem", names_business_number=False),
        Dialect("onprem", error_generation="onprem", names_business_number=False),
    )
}
# The dialect whose shape every body is brought into before it is read.
CANONICAL = DIALECTS["cloud"].name
