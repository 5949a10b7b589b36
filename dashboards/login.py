"""Finds out who uses the dashboard: by OpenID Connect, by a proxy's header, or not at all."""

from __future__ import annotations

import functools
import ipaddress
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

import streamlit as st

from dashboards.roles import LOCAL, Person
from settings.login import Login, Oidc, Proxy, load_login

CONFIG_FILE = Path("bluetick.toml")
# What the web server reads for the addresses whose X-Forwarded-For it believes. It must be none:
# the address that a header says would otherwise be taken for that of who connects.
FORWARDED = "FORWARDED_ALLOW_IPS"
# A browser on this machine has no address for Streamlit.
HERE = "127.0.0.1"

Params = ParamSpec("Params")
Result = TypeVar("Result")
_acting: ContextVar[Person | None] = ContextVar("_acting", default=None)


class NobodyKnown(Exception):
    """It is not known who asks, so nothing is read for them."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody who may not enter. `who` is empty if they have not said who they are."""

    who: str
    why: str


NOT_LOGGED_IN = Refused("", "")


def config_file() -> Path | None:
    """The file that BLUETICK_CONFIG names, or bluetick.toml if it exists."""
    named = os.environ.get("BLUETICK_CONFIG")
    file = Path(named) if named else CONFIG_FILE
    return file if named or file.exists() else None


@functools.cache
def settings() -> Login:
    """The login of BLUETICK_CONFIG or bluetick.toml, read once. Raises ConfigError."""
    return load_login(config_file())


def visitor() -> Person | Refused:
    """Who uses this session."""
    login = settings()
    if not login.required:
        return LOCAL
    if os.environ.get(FORWARDED) != "":
        return Refused("", "A login needs a dashboard that `bluetick dashboard` started.")
    found = _by_oidc(login.oidc) if login.oidc else _by_proxy(login.proxy)
    if isinstance(found, Refused):
        return found
    entry = login.entry(found)
    if entry is None:
        return Refused(found, "This address is not among the people who may use this dashboard.")
    return Person.of(entry)


def person() -> Person:
    """Who asks now. Raises NobodyKnown if they may not enter, or if there is no session."""
    found = _acting.get() or visitor()
    if isinstance(found, Refused):
        raise NobodyKnown
    return found


def kept(work: Callable[Params, Result]) -> Callable[Params, Result]:
    """`work`, to be done later and without a session, for who asks now."""
    who = person()

    @functools.wraps(work)
    def done(*args: Params.args, **options: Params.kwargs) -> Result:
        with _as(who):
            return work(*args, **options)

    return done


@contextmanager
def _as(who: Person) -> Iterator[None]:
    token = _acting.set(who)
    try:
        yield
    finally:
        _acting.reset(token)


def _by_oidc(oidc: Oidc) -> str | Refused:
    """The address that the provider has confirmed."""
    if not st.user.get("is_logged_in"):
        return NOT_LOGGED_IN
    email = str(st.user.get("email") or "")
    if not email:
        return Refused("", "The login gives no e-mail address: it needs the scope `email`.")
    if st.user.get("email_verified") is not True and not oidc.accept_unverified:
        return Refused(email, "The login does not say that this address is verified.")
    return email


def _by_proxy(proxy: Proxy | None) -> str | Refused:
    """The address in the header, if a listed proxy sent it, and only once."""
    assert proxy
    peer = ipaddress.ip_address(st.context.ip_address or HERE)
    if isinstance(peer, ipaddress.IPv6Address) and peer.ipv4_mapped:
        peer = peer.ipv4_mapped
    if not any(peer in network for network in proxy.addresses):
        return Refused("", "This dashboard can only be opened through its proxy.")
    said = st.context.headers.get_all(proxy.header)
    if len(said) != 1 or not said[0].strip():
        return Refused("", "The proxy does not say who is there.")
    return said[0].strip()
