"""The width of `content_hash`, and how hashes of earlier versions are compared with it.

JavaScript has no whole numbers beyond 53 bits, so a client there cannot read a longer hash. Earlier
versions wrote signed 64-bit hashes. Their low 53 bits are the hash that is written now.
"""

from __future__ import annotations

MASK = (1 << 53) - 1


def narrowed_sql(column: str) -> str:
    """SQL for the hash in this column as it is written now, whichever version wrote it."""
    return f"({column} & {MASK})"
