"""What in a payload says who somebody is, or what they wrote; to be searched for in bytes."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.support.fixtures import Fixture

LEAST = 6
# Parts of the names of fields, in small letters without marks, that hold such values.
PERSONAL = (
    *("waid", "recipientid", "userid", "participant", "from", "phone", "name", "msisdn", "sender"),
    *("body", "text", "caption", "address", "email", "vcard", "contact", "username", "filename"),
    *("recipient", "mobile", "emoji", "receiver", "customer", "whatsappnumber", "destination"),
    *("profile", "latitude", "longitude", "url", "birthday"),
)
# Fields of the business, of an app or of the provider, although their names have such a part.
BUSINESS = (
    *("displayphonenumber", "phonenumberid", "templatename", "messagetemplatename", "businessname"),
    *("verifiedname", "flowname", "campaignname", "eventname", "appname", "accountname"),
    *("displayname", "requestedverifiedname", "errorname", "channelname", "metaphonenumberid"),
    *("configurationname", "providername"),
)
# The number of the business that an account_update is about.
EXCEPTIONS = {"15550783881"}
# Names of errors and events, such as EC_DEST_ADDRESS_NOT_REACHABLE.
_CONSTANT = re.compile("[A-Z]+(_[A-Z]+)*")
# Columns of events with ids of people and messages.
IDS = (
    *("message_id", "context_message_id", "target_message_id", "recipient_id", "group_id"),
    *("recipient_user_id", "participant_id", "participant_user_id", "sender_id", "sender_user_id"),
    *("sender_name", "context_from", "ctwa_clid", "content", "extra"),
)
_TOKEN = re.compile(rb"[A-Za-z0-9+/_-]{8,}={0,2}")


def of(fixture: Fixture) -> set[str]:
    """The personal values of a payload, of at least six characters: fewer are found by chance.

    A value that stands in a field of the business too is not personal, such as its number, which
    is also the sender or the recipient of each message.
    """
    body = _parsed(fixture)
    other = {text.lstrip("+") for text in _values(body, None)} | business(fixture)
    personal = {text.lstrip("+") for text in _values(body, PERSONAL)} - other
    personal |= _columns(fixture, IDS) - business(fixture)
    return {
        text
        for text in personal - EXCEPTIONS
        if len(text) >= LEAST and not _CONSTANT.fullmatch(text)
    }


def business(fixture: Fixture) -> set[str]:
    """The ids and numbers of the business in the events of a payload."""
    return _columns(fixture, ("waba_id", "phone_number_id", "display_phone_number"))


def found(data: bytes, needles: Iterable[str]) -> list[str]:
    """Which of them are in the data: plain, as escaped JSON, or within base64."""
    decoded = b"\0".join(_decoded(data))
    return [
        needle
        for needle in needles
        if any(form in part for form in _forms(needle) for part in (data, decoded))
    ]


def _forms(needle: str) -> set[bytes]:
    return {needle.encode("utf-8", "replace"), json.dumps(needle)[1:-1].encode()}


def _decoded(data: bytes) -> Iterator[bytes]:
    for token in _TOKEN.findall(data):
        bare = token.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        # An id may begin with letters that are not a part of it.
        for start in range(4):
            part = bare[start:]
            yield base64.b64decode(part + b"=" * (-len(part) % 4)) if len(part) % 4 != 1 else b""


def _columns(fixture: Fixture, names: tuple[str, ...]) -> set[str]:
    records = [event.record for event in fixture.normalise()]
    return {
        record[name].strip().lstrip("+") for record in records for name in names if record.get(name)
    }


def _parsed(fixture: Fixture) -> Any:
    try:
        return json.loads(fixture.body)
    except ValueError:
        return dict(parse_qsl(fixture.body.decode("utf-8", "replace")))


def _values(value: Any, parts: tuple[str, ...] | None, name: str = "") -> Iterator[str]:
    """The texts and numbers in fields whose name has one of these parts, at any depth.

    None: in all other fields.
    """
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _values(item, parts, _bare(key))
    elif isinstance(value, list):
        for item in value:
            yield from _values(item, parts, name)
    elif isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        with contextlib.suppress(ValueError):
            yield from _values(json.loads(value), parts, name)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        personal = name not in BUSINESS and any(part in name for part in PERSONAL)
        if personal == (parts is not None):
            yield unquote(str(value)).strip()


def _bare(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())
