"""Check who can read the data folder and a configuration with secrets in it."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path

from bluetick.doctor.finding import Finding, ok, warning
from bluetick.local.sources import configured
from bluetick.options import Settings
from settings.login import SECRET_KEYS as LOGIN_KEYS
from settings.weak_sources import SECRET_KEYS

CHECK = "permissions"


def permissions(settings: Settings) -> Iterator[Finding]:
    """Findings about the data folder, then about the configuration."""
    folder = settings.data_dir
    if folder.is_dir():
        if others(folder):
            yield warning(
                CHECK,
                f"other users of this machine can enter {folder}, which holds phone numbers and "
                "messages",
                f"run `chmod -R go= {folder}`, unless they should",
            )
        else:
            yield ok(CHECK, f"only its owner can enter {folder}")
    file = configured(settings.config)
    if file and file.is_file() and others(file) and has_literals(file):
        yield warning(
            CHECK,
            f"other users of this machine can read {file}, which holds secrets",
            f"run `chmod go= {file}`, or write env:NAME or file:PATH instead of the secrets",
        )


def others(path: Path) -> bool:
    """Whether the group or others have any permission."""
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def has_literals(file: Path) -> bool:
    """Whether a configuration has a secret in it, and not only references to secrets."""
    try:
        found = tomllib.loads(file.read_text("utf-8-sig"))
        sources = found.get("sources", {}).values()
        oidc = found.get("dashboard", {}).get("oidc", {})
    except (OSError, ValueError, AttributeError):
        return False  # another check says so
    tables = [table for table in (*sources, oidc) if isinstance(table, dict)]
    keys = (*SECRET_KEYS, *LOGIN_KEYS)
    values = [table[key] for table in tables for key in keys if key in table]
    flat = [text for value in values for text in (value if isinstance(value, list) else [value])]
    return any(not str(text).startswith(("env:", "file:")) for text in flat)
