"""Who may read the files that Bluetick writes: only their owner, unless the operator says so."""

from __future__ import annotations

import os
from collections.abc import Mapping

from settings.errors import ConfigError

VARIABLE = "BLUETICK_UMASK"
PRIVATE = "077"


def keep_private(environment: Mapping[str, str] = os.environ) -> None:
    """Sets the permissions that new files of this process and its children do not get.

    Raises ConfigError if the environment variable is not an octal number up to 777.
    """
    text = environment.get(VARIABLE) or PRIVATE
    if not (len(text) <= 4 and set(text) <= set("01234567") and int(text, 8) <= 0o777):
        raise ConfigError(f"{VARIABLE} is not an octal number such as 077 or 027")
    os.umask(int(text, 8))
