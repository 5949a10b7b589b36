"""`bluetick connect`: how to connect a provider, and whether its address reaches the receiver."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from producer.providers import PROVIDERS
from producer.providers.provider import Guide
from settings.errors import BluetickError

LOGIN = "bluetick:PASSWORD@"
SECONDS = 10.0
# What the receiver answers to GET without a token, for every source.
REFUSED = (403, "verification_failed")


class UnknownProvider(BluetickError):
    """There is no provider of this name; the message lists those that exist."""


@dataclass(frozen=True, slots=True)
class Reachability:
    """Whether an address reaches the receiver, and in a sentence what to do if not."""

    reached: bool
    text: str


def guide(name: str, host: str) -> str:
    """The steps in the console and the table for bluetick.toml. Raises UnknownProvider."""
    try:
        dialect, chosen = _guides()[name]
    except KeyError:
        choices = ", ".join(names())
        raise UnknownProvider(f"there is no provider {name!r}: choose one of {choices}") from None
    source = chosen.source or name
    url = f"{host.rstrip('/')}/webhooks/{source}"
    places = {"{url}": url, "{login_url}": url.replace("://", f"://{LOGIN}", 1)}
    steps = [f"{place}. {step}" for place, step in enumerate(chosen.steps, 1)]
    parts = (
        chosen.title,
        "",
        "In bluetick.toml, with secrets in the environment and your own numbers:",
        "",
        f"[sources.{source}]",
        f'dialect = "{dialect}"',
        chosen.keys,
        "In the provider's console:",
        "",
        *steps,
        "",
        f"Then check the address: bluetick connect {name} --check {url}",
    )
    return _filled("\n".join(parts), places)


def names() -> list[str]:
    """The providers that there is a guide for."""
    return list(_guides())


def _guides() -> dict[str, tuple[str, Guide]]:
    """How to connect each provider, and its dialect. Several providers can have one dialect."""
    found = {}
    for dialect, provider in PROVIDERS.items():
        if provider.guide:
            found[dialect] = dialect, provider.guide
        found |= {name: (dialect, other) for name, other in provider.others.items()}
    return found


def check(url: str) -> Reachability:
    """Gets an address as a provider would reach it. Stores nothing.

    The receiver refuses a GET without a token in its own words, whether the source exists or not.
    """
    try:
        with httpx.Client(timeout=SECONDS, follow_redirects=False) as client:
            answer = client.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        return Reachability(
            False, f"nothing answers: {reason}. Check name, port, certificate and proxy"
        )
    if answer.is_redirect:
        return Reachability(
            False, "the address redirects, and providers do not follow: use the new one"
        )
    if (answer.status_code, _code(answer)) != REFUSED:
        return Reachability(
            False,
            f"something answers with {answer.status_code}, but not as the receiver does: check the "
            "path /webhooks/SOURCE, and where the proxy forwards it",
        )
    if not _is_private(url) and urlsplit(url).scheme != "https":
        return Reachability(False, "the receiver answers, but providers need https")
    return Reachability(
        True,
        "the receiver answers. Whether it knows the source, and why it refuses a post, is in its "
        "log only",
    )


def _filled(text: str, places: dict[str, str]) -> str:
    for place, value in places.items():
        text = text.replace(place, value)
    return text


def _code(answer: httpx.Response) -> object:
    """The code of an error answer; None if it does not have the form of the receiver's."""
    try:
        return answer.json()["error"]["code"]
    except (ValueError, LookupError, TypeError):
        return None


def _is_private(url: str) -> bool:
    """Whether the address is one of this machine or network, which no provider calls."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_private
    except ValueError:
        return host == "localhost"
