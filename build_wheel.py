"""Puts the packages below `bluetick` in the wheel.

Names such as `consumer` belong to everybody: an installed Bluetick must not overwrite a package
of somebody else's. A checkout, and an editable install of it, keep the folders side by side.
"""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGES = ("settings", "schemas", "producer", "warehouse", "consumer", "dashboards")


class Wheel(BuildHookInterface[Any]):
    """Called by hatchling."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            build_data["force_include"].update(
                {name: f"bluetick/_packages/{name}" for name in PACKAGES}
            )
