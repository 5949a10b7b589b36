"""Where the warehouse is: a PostgreSQL catalog and S3 files, or the default in the data folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from settings.errors import BluetickError
from settings.secrets import resolve

CATALOG = "BLUETICK_CATALOG"
PASSWORD = "BLUETICK_CATALOG_PASSWORD"
DATA_PATH = "BLUETICK_DATA_PATH"
# The variables for S3, and those of other tools that are read where ours are not set.
S3 = {
    "endpoint": ("BLUETICK_S3_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "region": ("BLUETICK_S3_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"),
    "url_style": ("BLUETICK_S3_URL_STYLE",),
    "key_id": ("BLUETICK_S3_KEY_ID", "AWS_ACCESS_KEY_ID"),
    "secret": ("BLUETICK_S3_SECRET", "AWS_SECRET_ACCESS_KEY"),
    "session_token": ("BLUETICK_S3_SESSION_TOKEN", "AWS_SESSION_TOKEN"),
}
VARIABLES = (CATALOG, PASSWORD, DATA_PATH, *(names[0] for names in S3.values()))
SCHEMES = ("postgres", "postgresql")
URL_STYLES = ("path", "vhost")
# Options of libpq that may follow the database in the URL.
OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout")
CONNECT_SECONDS = "10"


class LakeSettingError(BluetickError):
    """A variable is not valid; the message names the variable, but not its value."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A PostgreSQL database, and how to log in."""

    host: str
    port: int
    database: str
    user: str
    password: str = field(default="", repr=False)
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """The address, without the password."""
        return f"postgres://{self.user}@{self.host}:{self.port}/{self.database}"


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """How to reach S3. Without `key_id`, the machine's own role is asked for keys."""

    endpoint: str | None = None  # host and port
    tls: bool = True
    region: str = "us-east-1"
    url_style: str = "vhost"
    key_id: str | None = None
    secret: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Lake:
    """What the environment says about the warehouse; None: the default in the data folder.

    `data_path` ends with a slash.
    """

    postgres: PostgresServer | None = None
    data_path: str | None = None
    store: ObjectStore | None = None


def lake(environment: Mapping[str, str] = os.environ) -> Lake:
    """Reads the variables. Raises LakeSettingError."""
    path = environment.get(DATA_PATH) or None
    if path and "://" in path and not path.startswith("s3://"):
        raise LakeSettingError(f"{DATA_PATH} must be s3://BUCKET/PREFIX or a folder")
    if path and path.startswith("s3://") and not urlsplit(path).hostname:
        raise LakeSettingError(f"{DATA_PATH} names no bucket: write s3://BUCKET/PREFIX")
    return Lake(
        _postgres(environment),
        f"{path.rstrip('/')}/" if path else None,
        _store(environment) if path and path.startswith("s3://") else None,
    )


def _postgres(environment: Mapping[str, str]) -> PostgresServer | None:
    text = _secret(environment, CATALOG)
    if not text:
        return None
    try:
        url = urlsplit(text)
        port = url.port or 5432
    except ValueError:
        raise LakeSettingError(f"{CATALOG} is not a valid URL") from None
    database = unquote(url.path.strip("/"))
    if url.scheme not in SCHEMES or not (url.hostname and url.username and database):
        raise LakeSettingError(f"{CATALOG} must be postgres://USER:PASSWORD@HOST:PORT/DATABASE")
    options = dict(parse_qsl(url.query))
    if unknown := sorted(options.keys() - set(OPTIONS)):
        raise LakeSettingError(f"{CATALOG} has an unknown option: {unknown[0]}")
    password = _secret(environment, PASSWORD) or unquote(url.password or "")
    return PostgresServer(
        url.hostname,
        port,
        database,
        unquote(url.username),
        password,
        tuple(sorted({"connect_timeout": CONNECT_SECONDS, **options}.items())),
    )


def _store(environment: Mapping[str, str]) -> ObjectStore:
    found = {name: _first(environment, names) for name, names in S3.items()}
    if bool(found["key_id"]) != bool(found["secret"]):
        raise LakeSettingError(f"{S3['key_id'][0]} and {S3['secret'][0]} belong together")
    endpoint = urlsplit(found["endpoint"] or "")
    if found["endpoint"] and (endpoint.scheme not in ("http", "https") or not endpoint.netloc):
        raise LakeSettingError(f"{S3['endpoint'][0]} must be http://HOST:PORT or https://HOST")
    style = found["url_style"] or ("path" if endpoint.netloc else "vhost")
    if style not in URL_STYLES:
        raise LakeSettingError(f"{S3['url_style'][0]} must be {' or '.join(URL_STYLES)}")
    return ObjectStore(
        endpoint.netloc or None,
        endpoint.scheme != "http",
        found["region"] or "us-east-1",
        style,
        found["key_id"],
        found["secret"] or "",
        found["session_token"] or "",
    )


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    for name in names:
        if value := _secret(environment, name):
            return value
    return None


def _secret(environment: Mapping[str, str], name: str) -> str | None:
    value = environment.get(name)
    try:
        return resolve(value) if value else None
    except ValueError as error:
        raise LakeSettingError(f"{name}: {error}") from None
