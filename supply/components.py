"""The packages that an installed Bluetick needs, found in the environment that runs this."""

from __future__ import annotations

import importlib.metadata
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from supply.licences import licence_of

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


@dataclass(frozen=True, slots=True)
class Component:
    """A package as installed here; `needs` are the names of the packages that it asks for."""

    name: str
    version: str
    licence: str
    needs: tuple[str, ...]


def project() -> dict[str, object]:
    """The table `[project]` of pyproject.toml."""
    table: dict[str, object] = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]
    return table


def required() -> tuple[str, ...]:
    """What pyproject.toml asks for, in every installation and for its extras."""
    table = project()
    extras: dict[str, list[str]] = table["optional-dependencies"]  # type: ignore[assignment]
    always: list[str] = table["dependencies"]  # type: ignore[assignment]
    return (*always, *(one for extra in extras.values() for one in extra))


def names_of(asked: tuple[str, ...]) -> set[str]:
    """The names of the packages in these requirements."""
    return {canonicalize_name(Requirement(one).name) for one in asked}


def components(asked: tuple[str, ...]) -> list[Component]:
    """These packages and all that they need, by name. Extras that are not installed are left out.

    Raises LicenceUnknown.
    """
    found: dict[str, Component] = {}
    todo = [Requirement(one) for one in asked]
    seen: set[tuple[str, str]] = set()
    while todo:
        requirement = todo.pop()
        for extra in ("", *sorted(requirement.extras)):
            name = canonicalize_name(requirement.name)
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            needs = list(_needs(name, extra))
            todo.extend(needs)
            if (one := _component(name, needs, found.get(name))) is not None:
                found[name] = one
    return sorted(found.values(), key=lambda one: one.name)


def _needs(name: str, extra: str) -> Iterator[Requirement]:
    """What an installed package asks for on this machine, with one of its extras."""
    try:
        asked = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return
    for text in asked:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement


def _component(name: str, needs: list[Requirement], known: Component | None) -> Component | None:
    try:
        metadata = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    names = {canonicalize_name(need.name) for need in needs} | set(known.needs if known else ())
    return Component(name, metadata["Version"], licence_of(name, metadata), tuple(sorted(names)))
