"""The configured webhook sources: authentication, dialect and answer of each."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from settings.dialects import AUTO, DIALECTS
from settings.errors import ConfigError
from settings.networks import NetworkSetting, is_web_address
from settings.privacy import Privacy
from settings.secrets import resolve

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
TOPIC = r"^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]+$"
# Meta's name of the header; others who sign in the same way have their own.
SIGNATURE_HEADER = "X-Hub-Signature-256"
# The keys that each kind of authentication needs. A key of another kind is an error. A signature
# of the provider's own needs those that its dialect names.
NEEDS: dict[str, tuple[str, ...]] = {
    "hmac": ("app_secrets",),
    "basic": ("username", "password"),
    "header": ("header", "token"),
    "signature": ("app_secrets", "public_url", "topic_arn"),
    "none": (),
}
# Providers repeat a POST for up to a day, some with the signature of the first try. An older one
# lands once all the same.
DAY = 86400.0

Model = TypeVar("Model", bound=BaseModel)


def _resolve(value: object) -> object:
    return resolve(value) if isinstance(value, str) else value


def _trimmed(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    if value != value.strip():
        raise ValueError("has blanks around it")
    return value


def _public_url(value: str) -> str:
    if not is_web_address(value) or value != value.strip():
        raise ValueError("must be the address as the provider calls it, such as https://HOST/PATH")
    parts = urlsplit(value)
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must not have a user, a query (?) or a fragment (#)")
    return value


def _certificate(text: str) -> str:
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise ValueError("must be file:PATH of a certificate in PEM")
    return text


def _dialect(name: str) -> str:
    if name != AUTO and name not in DIALECTS:
        *most, last = map(repr, (AUTO, *DIALECTS))
        raise ValueError(f"Input should be {', '.join(most)} or {last}")
    return name


PublicUrl = Annotated[str, AfterValidator(_public_url)]
DialectName = Annotated[str, AfterValidator(_dialect)]
Certificate = Annotated[str, BeforeValidator(_resolve), AfterValidator(_certificate)]
Secret = Annotated[str, BeforeValidator(_resolve), AfterValidator(_trimmed)]


class Source(BaseModel):
    """One `[sources.NAME]` table, served at `/webhooks/NAME`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str
    dialect: DialectName = AUTO
    auth: Literal["hmac", "basic", "header", "signature", "none"]
    app_secrets: tuple[Secret, ...] = Field(default=(), repr=False)
    signature_header: str = SIGNATURE_HEADER
    public_url: PublicUrl | None = None
    topic_arn: str | None = Field(default=None, pattern=TOPIC)
    certificates: tuple[Certificate, ...] = ()  # empty: those that the signature names
    max_age_seconds: float = Field(default=DAY, gt=0, allow_inf_nan=False)  # of a signature
    verify_token: Secret | None = Field(default=None, repr=False)
    header: str | None = None
    token: Secret | None = Field(default=None, repr=False)
    username: str | None = None
    password: Secret | None = Field(default=None, repr=False)
    business_number: str | None = None
    reply: Literal["empty", "status-json"] = "empty"
    allow: tuple[NetworkSetting, ...] = ()  # who may post; empty: everybody
    allow_strangers: bool = False  # auth = "none" also on an address that networks can reach
    posts_per_second: float | None = Field(default=None, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = self._needed()
        missing = [key for key in needed if not getattr(self, key)]
        if missing:
            raise ValueError(f'auth = "{self.auth}" needs {" and ".join(missing)}')
        for auth, keys in NEEDS.items():
            unused = [key for key in keys if key not in needed and getattr(self, key)]
            if unused:
                other = "remove it" if auth == self.auth else f'set auth = "{auth}", or remove it'
                raise ValueError(
                    f'auth = "{self.auth}" does not use {" and ".join(unused)}: {other}'
                )
        for key in ("header", "signature_header"):
            name = getattr(self, key)
            if name is not None and not HEADER.fullmatch(name):
                raise ValueError(f"{key} is not a valid name of an HTTP header")
        if self.auth != "hmac" and self.signature_header != SIGNATURE_HEADER:
            raise ValueError(f'auth = "{self.auth}" does not use signature_header: remove it')
        if self.auth != "signature" and self.max_age_seconds != DAY:
            raise ValueError(f'auth = "{self.auth}" does not use max_age_seconds: remove it')
        if self.certificates and "topic_arn" not in needed:
            raise ValueError("certificates are only used with topic_arn: remove them")
        if self.username and ":" in self.username:
            raise ValueError("username must not have a colon: Basic authentication cannot send it")
        return self

    def _needed(self) -> tuple[str, ...]:
        """The keys that the chosen authentication needs."""
        if self.auth != "signature":
            return NEEDS[self.auth]
        dialect = DIALECTS.get(self.dialect)
        if dialect is None or dialect.signature_needs is None:
            names = [one.name for one in DIALECTS.values() if one.signature_needs is not None]
            raise ValueError(
                f'auth = "signature" needs a dialect with its own signature: {", ".join(names)}'
            )
        return dialect.signature_needs


class Receiving(BaseModel):
    """The `[receiver]` table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    trusted_proxies: tuple[NetworkSetting, ...] = ()


class Config(BaseModel):
    """A whole `bluetick.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    sources: dict[str, Source] = {}
    privacy: Privacy = Privacy()
    receiver: Receiving = Receiving()
    # Read by settings/alerts.py: a mistake there does not keep the receiver from starting.
    alerts: object = None
    reports: object = None
    destinations: object = None
    goals: object = None  # by settings/goals.py, in the same way
    dashboard: object = None  # by settings/login.py

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("sources"), dict):
            for name, table in data["sources"].items():
                if not NAME.fullmatch(name):
                    raise ValueError(f"source name {name!r}: use a-z, 0-9, - and _")
                if isinstance(table, dict):
                    table["name"] = name
        return data


def load_config(path: Path) -> Config:
    """Reads the sources. Raises ConfigError, which names the wrong key but never a secret."""
    return load(path, Config)


def load(path: Path, model: type[Model]) -> Model:
    """Reads a TOML file. Raises ConfigError, which names the wrong key but never a secret."""
    try:
        return model.model_validate(tomllib.loads(path.read_text("utf-8-sig")))
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist: pass --config FILE or write it first") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None
    except ValidationError as error:
        raise ConfigError("\n".join(f"{path}: {line}" for line in explained(error))) from None


def explained(error: ValidationError) -> list[str]:
    """The errors of a configuration: keys and reasons, but not values, which may be secrets."""
    return [
        f"{'.'.join(map(str, item['loc'])) or 'file'}: {item['msg'].removeprefix('Value error, ')}"
        for item in error.errors(include_input=False, include_url=False)
    ]
