"""The dialect and business number of each source, read without its secrets."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from bluetick.local.sources import LOCAL, configured
from settings.dialects import AUTO
from settings.errors import BluetickError, ConfigError
from settings.privacy import Privacy
from settings.sources import DialectName, explained

_FULL = Privacy()


class Reading(BaseModel):
    """The settings of a source that the normaliser needs."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    dialect: DialectName = AUTO
    business_number: str | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    sources: dict[str, Reading] = {}
    privacy: Privacy = Privacy()


class Unconfigured(BluetickError):
    """The source of a body is not configured here."""


class Readings:
    """The `Reading` of each source.

    If a body is read with other settings than the first time, its events can have other ids, and
    then they land a second time. So a source that is not configured is refused. With `guess`, its
    dialect is guessed from each body instead.
    """

    def __init__(
        self, known: dict[str, Reading], *, guess: bool, privacy: Privacy | None = _FULL
    ) -> None:
        self._known = known
        self.configured_privacy = privacy
        self._guess = guess
        self.guessed: set[str] = set()

    @property
    def privacy(self) -> Privacy:
        """Without a configuration, everything is kept."""
        return self.configured_privacy or _FULL

    @classmethod
    def of(cls, config: Path | None, *, guess: bool = False) -> Readings:
        """The readings of a configuration file. Its secrets may be missing. Raises ConfigError."""
        file = configured(config)
        if file is None:
            return cls({LOCAL: Reading()}, guess=guess, privacy=None)
        try:
            read = _File.model_validate(tomllib.loads(file.read_text("utf-8-sig")))
            return cls(read.sources, guess=guess, privacy=read.privacy)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{file}: {error}") from None
        except ValidationError as error:
            raise ConfigError(f"{file}: {explained(error)[0]}") from None

    def __getitem__(self, source: str) -> Reading:
        """The reading of a source. Raises Unconfigured."""
        if found := self._known.get(source):
            return found
        if not self._guess:
            raise Unconfigured(
                f"source {source} is not configured here, so its dialect is not known. Pass the "
                "configuration with which its bodies came in as --config (for a demo: demo.toml in "
                "its data folder). If they have not landed yet, --guess guesses the dialect"
            )
        self.guessed.add(source)
        return Reading()
