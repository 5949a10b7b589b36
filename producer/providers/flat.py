"""Shared functions of providers with lists at the top of a body; not a provider itself."""

from __future__ import annotations

from producer.providers.canonical import FLAT_KEYS, SMALL_KEYS
from producer.providers.provider import Json


def has_lists_at_top(body: Json) -> bool:
    """Whether the top of the body has a list that the Cloud API has in a value."""
    return bool(FLAT_KEYS & body.keys())


def flattened(body: Json, number_key: str) -> Json:
    """The value of a canonical body with one change; its number is at the top as `number_key`."""
    value = dict(body["entry"][0]["changes"][0]["value"])
    metadata = dict(value.pop("metadata", {}))
    if value.get("messaging_product") == "whatsapp":
        del value["messaging_product"]
    number = {}
    if "display_phone_number" in metadata:
        number[number_key] = metadata["display_phone_number"]
    if "phone_number_id" in metadata:
        number["phone_number_id"] = metadata["phone_number_id"]
    lists = {key: item for key, item in value.items() if isinstance(item, list)}
    beside = {key: item for key, item in value.items() if key not in lists}
    # Together with the number, they would be too many to be kept with the element.
    if len(beside.keys() | number.keys()) > SMALL_KEYS:
        beside = {}
    if not FLAT_KEYS & lists.keys():
        lists["contacts"] = []  # marks the body as one with lists at the top
    return {**beside, **number, **lists}
