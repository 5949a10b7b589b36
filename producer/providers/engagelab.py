"""EngageLab: the lists of the On-Premises API, and the business number in `business_phone`."""

from __future__ import annotations

from producer.providers.flat import flattened, has_lists_at_top
from producer.providers.provider import Json, Provider

NUMBER = "business_phone"


def recognises(body: Json, configured: bool) -> bool:
    """Lists at the top with the number's key; without it the configuration decides."""
    return has_lists_at_top(body) and (NUMBER in body or configured)


def to_canonical(body: Json) -> Json:
    """Lists at the top are part of the canonical shape."""
    return body


def from_canonical(body: Json) -> Json:
    """The lists of the only change at the top, beside the number."""
    return flattened(body, NUMBER)


PROVIDER = Provider(recognises, to_canonical, from_canonical)
