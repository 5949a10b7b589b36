"""A secret as people write it down: itself, or where it is kept."""

from __future__ import annotations

import os
from pathlib import Path


def resolve(value: str) -> str:
    """The secret that `value` is or points to: `env:NAME`, `file:PATH`, else a literal.

    Raises ValueError where there is none; the message never holds the secret.
    """
    if value.startswith("env:"):
        name = value[4:]
        if not name:
            raise ValueError("env: names no environment variable")
        if not os.environ.get(name):
            raise ValueError(f"environment variable {name} is not set")
        return os.environ[name]
    if value.startswith("file:"):
        try:
            return Path(value[5:]).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise ValueError(f"cannot read {value[5:]}: {reason}") from None
    return value
