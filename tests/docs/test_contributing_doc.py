"""CONTRIBUTING.md names only existing folders and files, and every folder of the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
# A path of the repository in backticks; capitals are a placeholder for a name.
PATH = re.compile(r"`([.a-z_][\w.-]*/[\w./-]*)`")
CODE = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]["packages"]


def test_every_path_exists() -> None:
    for path in PATH.findall(PAGE):
        fixed = re.sub(r"/[A-Z].*", "/", path)
        assert (ROOT / fixed).exists(), path


def test_the_map_has_every_folder_of_the_code() -> None:
    mapped = set(re.findall(r"^\| `([a-z_/]+)/` \|", PAGE, re.MULTILINE))
    for package in CODE:
        folders = {file.parent for file in (ROOT / package).rglob("*.py")}
        assert {str(folder.relative_to(ROOT)) for folder in folders} <= mapped
