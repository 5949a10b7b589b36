"""Every configuration in docs/providers.md is valid as it is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from settings.sources import Config
from tests.support.seeds import seed_sources

PAGE = (Path(__file__).parents[2] / "docs" / "providers.md").read_text("utf-8")
BLOCKS = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SECRETS = {"app_secrets", "verify_token", "token", "password"}


def _tables() -> dict[str, dict[str, Any]]:
    return {
        name: table for block in BLOCKS for name, table in tomllib.loads(block)["sources"].items()
    }


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names = re.findall(r'"env:([A-Z_]+)"', "".join(BLOCKS))
    for name in names:
        monkeypatch.setenv(name, f"value of {name}")
    return names


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0])
def test_block_parses(block: str) -> None:
    config = Config.model_validate(tomllib.loads(block))
    assert len(config.sources) == 1


def test_every_secret_is_named(environment: list[str]) -> None:
    """No two sources use the same variable, and no secret is a literal."""
    assert len(set(environment)) == len(environment)
    for table in _tables().values():
        for key in SECRETS & table.keys():
            values = table[key] if isinstance(table[key], list) else [table[key]]
            assert all(value.startswith("env:") for value in values)


def test_each_provider_says_what_it_was_checked_against() -> None:
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE):
        text = " ".join(section.split())
        if "```toml" in section:
            title = text[:40]
            assert "Checked against" in text, title
            assert "Left open" in text, title
            assert "**Authentication.**" in text or "**Console and authentication.**" in text, title


def test_documented_sources_are_the_tested_ones() -> None:
    """The sources on the page are those to which the providers' documented payloads are posted."""
    shown = _tables()
    assert shown.keys() == {"meta", *seed_sources()}
    for name, table in seed_sources().items():
        assert _public(shown[name]) == _public(table)
        assert shown[name].keys() == table.keys()


def _public(table: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key not in SECRETS}
