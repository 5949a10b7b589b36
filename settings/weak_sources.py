"""Finds secrets that are short enough to be guessed, and sources that ask for none."""

from __future__ import annotations

from collections.abc import Iterator

from settings.sources import Config, Source

# 16 random characters of a password generator or 32 hexadecimal digits cannot be guessed. Shorter
# ones are not refused: some providers choose the secret themselves.
LEAST = 16


# The keys of a source that hold secrets.
SECRET_KEYS = ("app_secrets", "token", "password", "verify_token")


def weak_keys(source: Source) -> Iterator[str]:
    """The keys of a source with a secret of fewer than LEAST characters."""
    for key in SECRET_KEYS:
        held = getattr(source, key) or ()
        secrets = (held,) if isinstance(held, str) else held
        if any(len(secret) < LEAST for secret in secrets):
            yield key


def open_sources(config: Config) -> list[str]:
    """The names of sources that take posts from anybody who reaches them, without their consent.

    A list of allowed networks, or `allow_strangers`, is consent.
    """
    return [
        source.name
        for source in config.sources.values()
        if source.auth == "none" and not (source.allow or source.allow_strangers)
    ]
