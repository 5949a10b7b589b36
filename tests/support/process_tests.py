"""Finds the test files that start a process, a broker or a receiver, by their imports."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
STARTERS = frozenset(
    {
        "bluetick.local.broker",
        "bluetick.local.parent_death",
        "multiprocessing",
        "playwright.sync_api",
        "producer.http.server",
        "subprocess",
    }
)
# Fixtures of a conftest.py, which a test file need not import.
FIXTURES = frozenset({"broker", "browser", "edge"})

# Set while a test without processes runs.
refused = False


@cache
def starts_processes(file: Path) -> bool:
    """Whether `file`, or a module of tests/ that it imports directly or not, imports a starter."""
    seen: set[Path] = set()
    left = [file]
    while left:
        module = left.pop()
        if module in seen:
            continue
        seen.add(module)
        names = _imported(module)
        if names & STARTERS:
            return True
        left.extend(filter(None, map(_test_module, names)))
    return False


@cache
def _imported(file: Path) -> frozenset[str]:
    """Dotted names of imported modules, and of the names imported from them."""
    found: set[str] = set()
    for node in _statements(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(found)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements below a node, without looking at their expressions, which are many more."""
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        for child in getattr(node, field, ()):
            yield child
            yield from _statements(child)


@cache
def _test_module(name: str) -> Path | None:
    """The file of a module in tests/; None for all others."""
    if not name.startswith("tests."):
        return None
    file = ROOT.joinpath(*name.split(".")).with_suffix(".py")
    return file if file.exists() else None


def _refuse(event: str, _: object) -> None:
    if refused and event in ("subprocess.Popen", "os.fork", "os.posix_spawn"):
        raise PermissionError("a test that is not marked `process` starts one; see tests.conftest")


sys.addaudithook(_refuse)
