"""A bill of materials as CycloneDX 1.6 JSON, and the licences as text."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from supply.components import Component


def sbom(
    name: str, version: str, licence: str, direct: Collection[str], found: Sequence[Component]
) -> dict[str, Any]:
    """The document, in which `direct` are the names that pyproject.toml itself asks for.

    It is the same for the same packages, so it has no time and no serial number.
    """
    known = {one.name: _ref(one.name, one.version) for one in found}
    root = _ref(name, version)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": name,
                "version": version,
                "purl": root,
                "licenses": [{"expression": licence}],
            }
        },
        "components": [
            {
                "type": "library",
                "bom-ref": known[one.name],
                "name": one.name,
                "version": one.version,
                "purl": known[one.name],
                "licenses": [{"expression": one.licence}],
            }
            for one in found
        ],
        "dependencies": [
            {"ref": root, "dependsOn": sorted(known[one] for one in direct if one in known)},
            *(
                {
                    "ref": known[one.name],
                    "dependsOn": sorted(known[need] for need in one.needs if need in known),
                }
                for one in found
            ),
        ],
    }


def licence_list(found: Sequence[Component]) -> str:
    """One line for each package: name, version, licence."""
    rows = [f"| {one.name} | {one.version} | {one.licence} |" for one in found]
    return "\n".join(["| package | version | licence |", "|---|---|---|", *rows, ""])


def _ref(name: str, version: str) -> str:
    return f"pkg:pypi/{name}@{version}"
