"""Queries that people keep: the file queries.toml in the data folder."""

from __future__ import annotations

import tomllib
from pathlib import Path

FILE = "queries.toml"
EXAMPLES = {
    "Rates by hour": "SELECT hour, sum(messages) AS messages, sum(delivered) AS delivered\n"
    "FROM delivery(now() - INTERVAL 1 DAY)\nGROUP BY hour\nORDER BY hour",
    "Why messages failed": "SELECT error_code, title, sum(messages) AS messages\n"
    "FROM failures(now() - INTERVAL 7 DAYS)\nGROUP BY ALL\nORDER BY messages DESC",
    "How old the data is": "FROM freshness",
}


class BadQueries(Exception):
    """The file cannot be read; the message says why."""


def queries(data_dir: Path) -> dict[str, str]:
    """The queries of the file by name, or EXAMPLES if there is no file. Raises BadQueries."""
    try:
        found = tomllib.loads((data_dir / FILE).read_text("utf-8"))
    except FileNotFoundError:
        return EXAMPLES
    except (OSError, ValueError) as error:
        raise BadQueries(f"{FILE} in the data folder cannot be read: {error}") from None
    if not all(isinstance(text, str) for text in found.values()):
        raise BadQueries(f'{FILE} in the data folder needs lines such as name = "SELECT …"')
    return found
