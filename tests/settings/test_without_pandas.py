"""Commands that need no pandas run without it."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

from bluetick.cli import WITH_PANDAS
from tests.support.lake import prepare

ROOT = Path(__file__).parents[2]


def test_a_query_does_not_load_pandas(tmp_path: Path) -> None:
    prepare(tmp_path)
    query = "SELECT count(*) FROM statuses"
    done = subprocess.run(
        [
            *(sys.executable, "-W", "error", "-X", "importtime", "-m", "bluetick"),
            *("sql", query, "--data-dir", str(tmp_path), "--format", "csv"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split()[-1] == "0"
    loaded = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines()]
    assert "duckdb" in loaded
    assert "pandas.core" not in loaded  # of pandas itself, the attempt is listed
    # Only then does settings/blas_threads.py have an effect.
    assert loaded.index("numpy") > loaded.index("bluetick.cli")


def test_the_commands_that_use_pandas_are_listed() -> None:
    found = {
        function.name
        for file in (ROOT / "bluetick" / "commands").glob("*.py")
        for function in ast.parse(file.read_text("utf-8")).body
        if isinstance(function, ast.FunctionDef) and uses_pandas(imported(function))
    }
    assert found == WITH_PANDAS


def uses_pandas(names: set[str]) -> bool:
    """Whether these modules of ours, or those that they import, import pandas."""
    seen: set[str] = set()
    left = names
    while left - seen:
        name = (left - seen).pop()
        seen.add(name)
        left = left | of_module(name)
    return "pandas" in seen


@cache
def of_module(name: str) -> frozenset[str]:
    """What a module of ours imports; nothing for all others."""
    path = ROOT.joinpath(*name.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return frozenset(imported(ast.parse(file.read_text("utf-8")))) if file.exists() else frozenset()


def imported(tree: ast.AST) -> set[str]:
    """Modules that are imported anywhere in it, and names that may be modules."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{one.name}" for one in node.names)
    return found
