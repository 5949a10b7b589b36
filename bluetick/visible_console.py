"""A console that shows what a terminal would obey, such as in the name of a source in a row."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from settings.visible_text import visible


class VisibleConsole(Console):
    """A console whose texts hold no command to the terminal; rich adds colours after that."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as rich does; line breaks and tabs stay."""
        shown = (visible(item, keep="\n\t") if isinstance(item, str) else item for item in objects)
        super().print(*shown, **options)
