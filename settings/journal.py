"""The folder of the journal, from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

JOURNAL_DIR = "BLUETICK_JOURNAL_DIR"


def journal_dir(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The folder in which the receiver keeps what it accepts; None: it keeps nothing."""
    text = environment.get(JOURNAL_DIR)
    return Path(text) if text else None
