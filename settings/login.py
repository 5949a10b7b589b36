"""The `[dashboard]` table: who may open the dashboard, how they show who they are, and its zone."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from settings.errors import ConfigError
from settings.networks import NetworkSetting
from settings.secrets import resolve
from settings.sources import HEADER, load
from settings.time_zones import Zone

# Consent to a dashboard without a login on an address that a network can reach.
OPEN = "BLUETICK_DASHBOARD_OPEN"
ANY = ("1", "true", "yes")
# Fewer characters could be guessed, and then anybody could sign a cookie.
LEAST_COOKIE_SECRET = 32
CALLBACK = "/oauth2callback"
SECRET_KEYS = ("client_secret", "cookie_secret")
Role = Literal["viewer", "operator"]


def _secret(value: object) -> object:
    return resolve(value) if isinstance(value, str) else value


def _long(value: str) -> str:
    if len(value) < LEAST_COOKIE_SECRET:
        raise ValueError(
            f"must have {LEAST_COOKIE_SECRET} characters or more, such as from "
            "`openssl rand -hex 32`"
        )
    return value


def _url(value: str) -> str:
    parts = urlsplit(value)
    local = parts.hostname == "localhost" or _loopback(parts.hostname or "")
    if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and local)):
        raise ValueError("must be an address such as https://HOST/PATH")
    return value


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(value: str) -> str:
    parts = urlsplit(_url(value))
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must have nothing after the host and port")
    return f"{parts.scheme}://{parts.netloc}"


def _email(value: str) -> str:
    name, at, domain = value.strip().casefold().rpartition("@")
    if not (name and at and domain):
        raise ValueError("is not an e-mail address")
    return f"{name}@{domain}"


def _header(value: str) -> str:
    if not HEADER.fullmatch(value):
        raise ValueError("is not a valid name of an HTTP header")
    return value


def _digits(value: str) -> str:
    digits = "".join(character for character in value if character.isdigit())
    if not digits:
        raise ValueError("is not a number such as 15550001111")
    return digits


Secret = Annotated[str, BeforeValidator(_secret), Field(min_length=1, repr=False)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Oidc(_Table):
    """A provider of OpenID Connect, and what it knows this dashboard by."""

    metadata_url: Annotated[str, AfterValidator(_url)]
    client_id: str = Field(min_length=1)
    client_secret: Secret
    cookie_secret: Annotated[Secret, AfterValidator(_long)] = Field(repr=False)
    # For providers that check every address, but do not send the claim `email_verified`.
    accept_unverified: bool = False


class Proxy(_Table):
    """A header in which proxies at these addresses say who is there."""

    header: Annotated[str, AfterValidator(_header)] = "X-Forwarded-Email"
    addresses: tuple[NetworkSetting, ...] = Field(min_length=1)


class Entry(_Table):
    """One person; without accounts and numbers they see all of them."""

    email: Annotated[str, AfterValidator(_email)]
    role: Role
    accounts: tuple[Annotated[str, Field(min_length=1)], ...] | None = None
    numbers: tuple[Annotated[str, AfterValidator(_digits)], ...] | None = None

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        limits = (self.accounts, self.numbers)
        if self.role == "operator" and limits != (None, None):
            raise ValueError('role = "operator" sees all accounts: remove accounts and numbers')
        # An empty list would limit nothing, which nobody means who writes one.
        if limits != (None, None) and not any(limits):
            raise ValueError("accounts or numbers is empty: name one, or remove the key")
        return self


class Login(_Table):
    """How people log in, and who may. Without `oidc` and `proxy` there is no login."""

    zone: Zone = "UTC"  # of days and times, unless a viewer chooses another
    public_url: Annotated[str, AfterValidator(_origin)] | None = None
    oidc: Oidc | None = None
    proxy: Proxy | None = None
    people: tuple[Entry, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.oidc and self.proxy:
            raise ValueError("needs either [dashboard.oidc] or [dashboard.proxy]")
        if self.oidc and not self.public_url:
            raise ValueError("[dashboard.oidc] needs public_url, such as https://stats.example.com")
        if self.people and not self.required:
            raise ValueError("people need [dashboard.oidc] or [dashboard.proxy] to log in")
        if self.required and not self.people:
            raise ValueError("a login needs [[dashboard.people]], or nobody could enter")
        emails = [entry.email for entry in self.people]
        if len(set(emails)) < len(emails):
            raise ValueError("two [[dashboard.people]] have the same email")
        return self

    @property
    def required(self) -> bool:
        """Whether people must log in."""
        return bool(self.oidc or self.proxy)

    def entry(self, email: str) -> Entry | None:
        """The person with this address, in any case of letters."""
        wanted = email.strip().casefold()
        return next((entry for entry in self.people if entry.email == wanted), None)

    def streamlit(self) -> dict[str, Any]:
        """The section `auth` of Streamlit's secrets; only with `oidc`."""
        assert self.oidc
        return {
            "redirect_uri": f"{self.public_url}{CALLBACK}",
            "cookie_secret": self.oidc.cookie_secret,
            "client_id": self.oidc.client_id,
            "client_secret": self.oidc.client_secret,
            "server_metadata_url": self.oidc.metadata_url,
        }


class _File(BaseModel):
    """The other tables are not looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    dashboard: Login = Login()


def load_login(path: Path | None) -> Login:
    """The login in a TOML file; none without one. Raises ConfigError, which never has a secret."""
    return Login() if path is None else load(path, _File).dashboard


def check_address(
    login: Login, host: str, *, local: bool, environment: Mapping[str, str] = os.environ
) -> None:
    """Raises ConfigError if strangers who reach `host` could open the dashboard."""
    if not (local or login.required or consented(environment)):
        raise ConfigError(
            f"anybody who reaches {host} could open the dashboard, which shows phone numbers and "
            "messages: configure a login ([dashboard.oidc] or [dashboard.proxy] in "
            f"bluetick.toml), set {OPEN}=true if that is meant, or omit --host"
        )


def consented(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the operator wants a dashboard that everybody who reaches it can open."""
    return environment.get(OPEN, "").casefold() in ANY
