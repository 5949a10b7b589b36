"""The configured webhook sources: authentication, dialect and answer of each."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

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
from settings.errors import BluetickError
from settings.secrets import resolve

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# The keys that each kind of authentication needs. A key of another kind is an error.
NEEDS = {
    "hmac": ("app_secrets",),
    "basic": ("username", "password"),
    "header": ("header", "token"),
    "none": (),
}


class ConfigError(BluetickError):
    """The configuration is not valid; the message says where, and what to write."""


def _resolve(value: object) -> object:
    return resolve(value) if isinstance(value, str) else value


def _trimmed(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    if value != value.strip():
        raise ValueError("has blanks around it")
    return value


def _dialect(name: str) -> str:
    if name != AUTO and name not in DIALECTS:
        *most, last = map(repr, (AUTO, *DIALECTS))
        raise ValueError(f"Input should be {', '.join(most)} or {last}")
    return name


DialectName = Annotated[str, AfterValidator(_dialect)]
Secret = Annotated[str, BeforeValidator(_resolve), AfterValidator(_trimmed)]


class Source(BaseModel):
    """One `[sources.NAME]` table, served at `/webhooks/NAME`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str
    dialect: DialectName = AUTO
    auth: Literal["hmac", "basic", "header", "none"]
    app_secrets: tuple[Secret, ...] = Field(default=(), repr=False)
    verify_token: Secret | None = Field(default=None, repr=False)
    header: str | None = None
    token: Secret | None = Field(default=None, repr=False)
    username: str | None = None
    password: Secret | None = Field(default=None, repr=False)
    business_number: str | None = None
    reply: Literal["empty", "status-json"] = "empty"

    @model_validator(mode="after")
    def _complete(self) -> Self:
        missing = [key for key in NEEDS[self.auth] if not getattr(self, key)]
        if missing:
            raise ValueError(f'auth = "{self.auth}" needs {" and ".join(missing)}')
        for auth, keys in NEEDS.items():
            unused = [key for key in keys if auth != self.auth and getattr(self, key)]
            if unused:
                raise ValueError(
                    f'auth = "{self.auth}" does not use {" and ".join(unused)}: '
                    f'set auth = "{auth}", or remove it'
                )
        if self.header and not HEADER.fullmatch(self.header):
            raise ValueError("header is not a valid name of an HTTP header")
        if self.username and ":" in self.username:
            raise ValueError("username must not have a colon: Basic authentication cannot send it")
        return self


class Privacy(BaseModel):
    """The `[privacy]` table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: Literal["full"] = "full"


class Config(BaseModel):
    """A whole `bluetick.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    sources: dict[str, Source] = {}
    privacy: Privacy = Privacy()

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
    """Reads a TOML file. Raises ConfigError, which names the wrong key but never a secret."""
    try:
        return Config.model_validate(tomllib.loads(path.read_text("utf-8-sig")))
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
