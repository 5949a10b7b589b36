"""An input that led to a fault."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# The most that one body of 64 KiB, or one record of that size, may take.
CPU_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Finding:
    """What went wrong with the input of a kind ("body" or "record"), seed and number."""

    kind: str
    seed: int
    number: int
    what: str
    given: bytes

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.seed}-{self.number}"

    def save(self, folder: Path) -> Path:
        """Writes the input and, beside it, what went wrong. Returns the input's file."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}.bin"
        path.write_bytes(self.given)
        path.with_suffix(".txt").write_text(f"{self.what}\n", "utf-8", "backslashreplace")
        return path

    def __str__(self) -> str:
        return f"seed {self.seed}, {self.kind} {self.number}: {self.what}"
