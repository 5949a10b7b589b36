"""The key of the hashes that stand for erased people; it lies in the data folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import duckdb

from settings.errors import BluetickError

NAME = "privacy.key"


class KeyMissing(BluetickError):
    """People were erased, but the key of their hashes is missing; the message says what to do."""


def key_file_of(connection: duckdb.DuckDBPyConnection) -> Path:
    """The file of the key, in the data folder. Raises KeyMissing without a data folder."""
    ((folder,),) = connection.execute("SELECT getvariable('bluetick_folder')").fetchall()
    if not folder:
        raise KeyMissing("people can be erased only with a data folder, which keeps the key")
    return Path(folder) / NAME


def read_key(file: Path) -> str:
    """The key, as 64 hexadecimal digits. Raises KeyMissing."""
    try:
        key = file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        key = ""
    if len(key) != 64:
        raise KeyMissing(
            f"{file} is missing or damaged: people were erased, and without this key their events "
            "would come back. Restore the file from a backup"
        )
    return key


def make_key(file: Path) -> str:
    """The key, made if there is none; two processes at once get the same. Raises KeyMissing."""
    draft = file.with_name(f".{NAME}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(secrets.token_hex(32))
        handle.flush()
        os.fsync(handle.fileno())
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return read_key(file)
