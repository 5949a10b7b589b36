"""Keeps pandas out of processes that do not need it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

PANDAS = "pandas"


def leave_out_pandas() -> None:
    """Makes this process work as if pandas were not installed. Call it before any work.

    DuckDB imports pandas, if it can, when a statement has its first parameter, and pyarrow when it
    makes its first table, only to recognise values of pandas. That takes 0.2 s and 48 MB in each
    process. Does nothing if pandas is imported already.
    """
    if PANDAS not in sys.modules:
        sys.meta_path.insert(0, _LeftOut())


class _LeftOut(MetaPathFinder, Loader):
    """Finds pandas, and fails to load it: a library may look whether it is there."""

    def find_spec(
        self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name == PANDAS else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        raise ImportError(f"{spec.name} is left out of this process", name=spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Is not called, because `create_module` fails."""
