"""The dialects of webhooks: the registry of providers, one line each.

A line holds what other parts must know without reading a body. How a body is recognised and read
is in `producer/providers/NAME.py`, the module with the dialect's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# A source with this dialect accepts bodies of any shape.
AUTO = "auto"
# Meta's own shape, which is read on a faster path too.
CLOUD = "cloud"


@dataclass(frozen=True, slots=True)
class Dialect:
    """One webhook shape.

    `name` is the `dialect` of every row. `error_generation` is the API whose meanings its error
    codes below 80000 have; None if they have no meaning that is known.
    `names_business_number`: every body holds the business number. `names_time`: statuses and
    messages hold their time; otherwise it is the time of receipt. `media_types`: how bodies are
    declared, beside `application/json`. `signature_needs`: the keys of a source with
    `auth = "signature"`; None if the provider has no signature of its own.
    """

    name: str
    error_generation: Literal["cloud", "onprem", "twilio", "gupshup"] | None
    names_business_number: bool
    names_time: bool = True
    media_types: tuple[str, ...] = ()
    signature_needs: tuple[str, ...] | None = None


# The first dialect that recognises a body reads it, so special shapes come before general ones. The
# providers with shapes of their own have no keys of the others, so they come last.
DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        Dialect(CLOUD, error_generation="cloud", names_business_number=True),
        Dialect(
            "aws",
            error_generation="cloud",
            names_business_number=True,
            media_types=("text/plain",),  # although they are JSON
            signature_needs=("topic_arn",),
        ),
        Dialect(
            "twilio",
            error_generation="twilio",
            names_business_number=True,
            names_time=False,
            media_types=("application/x-www-form-urlencoded",),
            signature_needs=("app_secrets", "public_url"),
        ),
        Dialect("engagelab", error_generation="onprem", names_business_number=False),
        Dialect("onprem", error_generation="onprem", names_business_number=False),
        Dialect("gupshup", error_generation="gupshup", names_business_number=False),
        Dialect("infobip", error_generation=None, names_business_number=False),
        Dialect(
            "vonage",
            error_generation=None,
            names_business_number=True,
            signature_needs=("app_secrets",),
        ),
        Dialect(
            "ycloud",
            error_generation="cloud",
            names_business_number=True,
            signature_needs=("app_secrets",),
        ),
        Dialect(
            "sinch",
            error_generation="cloud",
            names_business_number=False,
            signature_needs=("app_secrets",),
        ),
        Dialect("wati", error_generation="cloud", names_business_number=False),
        Dialect(
            "bird",
            error_generation=None,
            names_business_number=False,
            signature_needs=("app_secrets", "public_url"),
        ),
        Dialect("azure", error_generation="cloud", names_business_number=False),
    )
}
# Every body is converted to the shape of this dialect before it is read.
CANONICAL = DIALECTS["cloud"].name
