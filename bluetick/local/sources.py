"""Chooses the webhook sources to serve: the configured ones, `local`, or the demo's."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from settings.dialects import CANONICAL
from settings.errors import ConfigError
from settings.sources import Config, Source, load_config

CONFIG_FILE = Path("bluetick.toml")
# Served if there is no configuration. It needs no secret, so it is served on loopback only.
LOCAL = "local"
# The demo's sources, one for each business number of the simulator.
DEMO = ("demo-shop", "demo-bank")
DEMO_FILE = "demo.toml"


def configured(config: Path | None) -> Path | None:
    """The file to read: the named one, or else bluetick.toml if it exists; None if neither."""
    if config is None and CONFIG_FILE.exists():
        return CONFIG_FILE
    return config


def sources_of(config: Path | None) -> Config:
    """The configured sources. Without any file: the source `local`, which needs no secret.

    Raises ConfigError, also if the named file does not exist.
    """
    file = configured(config)
    if file is None:
        return Config(sources={LOCAL: Source(name=LOCAL, auth="none")})
    loaded = load_config(file)
    if not loaded.sources:
        raise ConfigError(
            f"{file} has no [sources.NAME] table, so the receiver would accept no webhook"
        )
    return loaded


def write_demo(data_dir: Path) -> Path:
    """Writes the demo's configuration with new secrets; only its owner can read it."""
    tables = [
        f'[sources.{name}]\ndialect = "{CANONICAL}"\nauth = "hmac"\n'
        f'app_secrets = ["{secrets.token_hex(16)}"]\nverify_token = "{secrets.token_hex(16)}"\n'
        for name in DEMO
    ]
    tables.append(
        f'# For your own payloads, such as with curl.\n[sources.{LOCAL}]\nauth = "none"\n'
    )
    file = data_dir / DEMO_FILE
    file.unlink(missing_ok=True)
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write("\n".join(tables))
    return file
