"""The declaration of a provider: one webhook shape, and its conversion to the canonical shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from settings.sources import Source

Json = dict[str, Any]


def unchanged(body: Json) -> Json:
    """For bodies that have the canonical shape, which allows lists at the top."""
    return body


def of_whatsapp(body: Json) -> str | None:  # noqa: ARG001
    """For providers whose bodies are all about WhatsApp."""
    return None


@dataclass(frozen=True, slots=True)
class Post:
    """What a signature can cover. `query` is as sent, without the question mark."""

    headers: Mapping[str, str]  # names in lower case
    query: str
    body: bytes
    received_at: float  # seconds since 1970


@dataclass(frozen=True, slots=True)
class Signature:
    """How a provider signs its POSTs, if not with a hash of the body alone (`auth = "hmac"`)."""

    header: str
    """The header with the signature. Without it, the body is not read."""

    genuine: Callable[[Source, Post], bool]
    """Whether the provider signed a POST. Must not raise, whatever the POST holds; only
    `producer.fetching.Unreachable` if something must be fetched to check it, and cannot be.

    `settings/dialects.py` names the keys of the source that it needs. Takes the same time whether
    the first or the last of several secrets fits. A signature with a time is genuine for
    `max_age_seconds` of the source.
    """

    timed: bool = True
    """Whether the time of signing is signed too, so that a POST is refused when it is too old."""

    blocking: bool = False
    """Whether `genuine` may wait for the network. It then runs in a thread."""


def no_answer(post: Post) -> bytes | None:  # noqa: ARG001
    """For providers that want no answer with a body."""
    return None


def no_visit(source: Source, post: Post) -> str | None:  # noqa: ARG001
    """For providers that want no address to be opened."""
    return None


def no_consent(headers: Mapping[str, str]) -> dict[str, str] | None:  # noqa: ARG001
    """For providers that do not send OPTIONS."""
    return None


@dataclass(frozen=True, slots=True)
class Handshake:
    """How a provider asks whether it may post to an address, before the first event."""

    answer: Callable[[Post], bytes | None] = no_answer
    """The JSON to answer to a POST that asks; None if it does not. The POST is authentic.

    What is answered is not stored: it says nothing about a message. Must not raise.
    """

    visit: Callable[[Source, Post], str | None] = no_visit
    """The address to get before a POST that asks is answered, and as little is stored of that."""

    consent: Callable[[Mapping[str, str]], dict[str, str] | None] = no_consent
    """The headers to answer to OPTIONS with these headers; None if they do not ask."""


@dataclass(frozen=True, slots=True)
class Guide:
    """How to connect the provider, for people. `{url}` stands for the address of the source, and
    `{login_url}` for the address with user and password."""

    title: str
    steps: tuple[str, ...]
    """What to do in the provider's console, in this order."""

    keys: str
    """The keys of the source beside `dialect`, as TOML. Secrets are names of variables."""

    source: str | None = None
    """The usual name of the source, if it is not the dialect's."""


@dataclass(frozen=True, slots=True)
class Provider:
    """How to read the objects of one dialect. The functions are pure.

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

    other_product: Callable[[Json], str | None] = of_whatsapp
    """Says why an object of this shape is not about WhatsApp, for its dead letter; else None.

    The text must not contain parts of the object.
    """

    decode: Callable[[bytes], Json | None] | None = None
    """Reads a body that is not JSON as an object; None if it has another shape."""

    signature: Signature | None = None
    """How a source with `auth = "signature"` is authenticated."""

    guide: Guide | None = None
    """What `bluetick connect` prints; every provider of the registry has it."""

    others: Mapping[str, Guide] = field(default_factory=dict)
    """The same for others who post this shape, by the name that `bluetick connect` takes."""

    handshake: Handshake | None = None
    """How the address is confirmed, if the provider asks in its own way."""
