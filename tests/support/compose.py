"""Reads the files of Docker Compose as Docker does, as far as these use its language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PRODUCTION = ROOT / "docker-compose.production.yml"
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def services(file: Path, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The services with values for `${NAME}`, `${NAME:-default}` and `${NAME:?}`.

    Raises KeyError for a variable that must be set and is not.
    """
    given = environment or {}

    def value(found: re.Match[str]) -> str:
        name, kind, default = found.groups()
        return given.get(name) or default if kind == "-" else given[name]

    text = _VARIABLE.sub(value, file.read_text("utf-8"))
    read: dict[str, Any] = yaml.safe_load(text)["services"]
    return read


def service(file: Path, name: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """One of the services, as `services`."""
    found: dict[str, Any] = services(file, environment)[name]
    return found
