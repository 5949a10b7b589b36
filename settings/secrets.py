"""Resolves secrets in the configuration: literals, and references to a variable or a file."""

from __future__ import annotations

import os
from pathlib import Path


def resolve(value: str) -> str:
    """The secret that `value` names: `env:NAME`, `file:PATH`, or else `value` itself.

    Raises ValueError if the variable or file cannot be read; the message never has the secret.
    """
    if value.startswith("env:"):
        name = value[4:]
        if not name:
            raise ValueError("env: must be followed by the name of an environment variable")
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


def hushed(text: str, urls: str) -> str:
    """The text without user and password of the URL, or of several URLs separated by commas."""
    for url in urls.split(","):
        user, at, _ = url.rpartition("://")[2].partition("/")[0].rpartition("@")
        if at:
            text = text.replace(user + at, "")
    return text
