"""Attaches a catalog and its files to DuckDB, with the extensions and keys that they need."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import duckdb

from settings.errors import BluetickError
from settings.lake import ObjectStore, PostgresServer
from warehouse.location import Location
from warehouse.sql_literal import literal

ALIAS = "bluetick"
CATALOG_SECRET = "bluetick_catalog"
# All reads of a transaction see the catalog at one moment. With READ COMMITTED, writers that
# commit at the same time overwrite each other's statistics of a table, which queries rely on.
ISOLATION = "REPEATABLE READ"


class ExtensionMissing(BluetickError):
    """A DuckDB extension is not installed; the message names its Python package."""


class BadSecret(BluetickError):
    """DuckDB does not take the keys; the message names the variables."""


def extensions(location: Location) -> set[str]:
    """The DuckDB extensions that the catalog and the data files need."""
    needed = {"ducklake", "postgres_scanner" if location.postgres else "sqlite_scanner"}
    if location.store:
        needed |= {"httpfs"} if location.store.key_id else {"httpfs", "aws"}
    return needed


def database(location: Location) -> duckdb.DuckDBPyConnection:
    """A new DuckDB that knows the keys of the catalog and the files; nothing is attached yet.

    Raises ExtensionMissing, BadSecret and duckdb.Error.
    """
    needed = extensions(location)
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            # A missing table is an error; DuckDB would otherwise look for a Python variable.
            "python_enable_replacements": "false",
            # To check the signatures reads 70 MB, a fifth of a second in each process. The files
            # come with Python packages, as DuckDB itself does, which nobody checks either.
            "allow_unsigned_extensions": "true",
        }
    )
    try:
        for name in sorted(needed):
            _load(connection, name)
        # From here on, any other extension would have to be signed.
        connection.execute("SET allow_unsigned_extensions = false")
        _keep_secrets(connection, location)
    except BaseException:
        connection.close()
        raise
    return connection


def attach(
    connection: duckdb.DuckDBPyConnection,
    location: Location,
    *,
    read_only: bool,
    busy_timeout_ms: int,
    alias: str = ALIAS,
) -> None:
    """Attaches the warehouse under this name. Raises duckdb.Error."""
    options = [f"DATA_PATH {literal(location.data_path)}"]
    if location.sqlite_file:
        # The catalog holds the path of its files at its creation; the folder may have moved.
        options.append("OVERRIDE_DATA_PATH true")
        options.append(f"META_JOURNAL_MODE 'WAL', META_BUSY_TIMEOUT {busy_timeout_ms}")
    else:
        options.append(f"META_SECRET '{CATALOG_SECRET}', META_ISOLATION_LEVEL '{ISOLATION}'")
    if read_only:
        options.append("READ_ONLY")
    connection.execute(f"ATTACH {literal(location.catalog)} AS {alias} ({', '.join(options)})")


def attach_another(connection: duckdb.DuckDBPyConnection, location: Location, alias: str) -> None:
    """Attaches a second warehouse, with its own extensions, to read it. Raises duckdb.Error."""
    for name in sorted(extensions(location)):
        _load(connection, name)
    attach(connection, location, read_only=True, busy_timeout_ms=0, alias=alias)


def extension_file(name: str) -> Path:
    """The file of an extension in its Python package. Raises ExtensionMissing."""
    version = duckdb.__version__
    try:
        folder = resources.files(f"duckdb_extension_{name}")
    except ModuleNotFoundError:
        package = f"duckdb-extension-{name.replace('_', '-')}"
        raise ExtensionMissing(
            "no keys for S3 are set, and to ask this machine's role for keys needs a package: "
            f"run `pip install {package}=={version}`, or set BLUETICK_S3_KEY_ID and "
            "BLUETICK_S3_SECRET"
            if name == "aws"
            else f"run `pip install {package}=={version}`"
        ) from None
    return Path(str(folder.joinpath("extensions", f"v{version}", f"{name}.duckdb_extension")))


def _load(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Loads an extension without a download."""
    connection.execute(f"LOAD {literal(str(extension_file(name)))}")


def _keep_secrets(connection: duckdb.DuckDBPyConnection, location: Location) -> None:
    """Stores the keys in DuckDB's memory; there they are shown to nobody, also not in errors."""
    secrets = {}
    if location.postgres:
        secrets[CATALOG_SECRET] = _of_catalog(location.postgres)
    if location.store:
        secrets["bluetick_files"] = _of_files(location.store, location.data_path)
    for name, values in secrets.items():
        # `values` are SQL. The text of an error could quote them.
        try:
            connection.execute(
                f"CREATE SECRET {name} ({', '.join(f'{key} {v}' for key, v in values.items())})"
            )
        except duckdb.Error:
            where = "BLUETICK_S3_…" if name == "bluetick_files" else "BLUETICK_CATALOG"
            raise BadSecret(f"DuckDB does not accept the values of {where}") from None


def _of_catalog(server: PostgresServer) -> dict[str, str]:
    return {
        "TYPE": "postgres",
        "HOST": literal(server.host),
        "PORT": str(server.port),
        "DATABASE": literal(server.database),
        "USER": literal(server.user),
        **({"PASSWORD": literal(server.password)} if server.password else {}),
    }


def _of_files(store: ObjectStore, path: str) -> dict[str, str]:
    keys = (
        {"KEY_ID": literal(store.key_id), "SECRET": literal(store.secret)}
        if store.key_id
        else {"PROVIDER": "credential_chain", "REFRESH": "auto"}
    )
    if store.session_token:
        keys["SESSION_TOKEN"] = literal(store.session_token)
    if store.endpoint:
        keys["ENDPOINT"] = literal(store.endpoint)
    return {
        "TYPE": "s3",
        "SCOPE": literal(path),
        "REGION": literal(store.region),
        "URL_STYLE": literal(store.url_style),
        "USE_SSL": str(store.tls).lower(),
        **keys,
    }
