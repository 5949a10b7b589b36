"""How the bodies of each source are to be read, without what it takes to let them in."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from bluetick.sources import LOCAL, configured
from producer.sources import ConfigError, Dialect


class Reading(BaseModel):
    """What the normaliser wants to know of a source."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    dialect: Dialect = "auto"
    business_number: str | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    sources: dict[str, Reading] = {}


class Readings:
    """The sources' readings; a source that is configured no more is read as it looks."""

    def __init__(self, known: dict[str, Reading]) -> None:
        self._known = known
        self.gone: set[str] = set()

    @classmethod
    def of(cls, config: Path | None) -> Readings:
        """Those of the configuration, whose secrets may be missing here. Raises ConfigError."""
        file = configured(config)
        if file is None:
            return cls({LOCAL: Reading()})
        try:
            return cls(_File.model_validate(tomllib.loads(file.read_text("utf-8"))).sources)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{file}: {error}") from None
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise ConfigError(f"{file}: {where}: {first['msg']}") from None

    def __getitem__(self, source: str) -> Reading:
        found = self._known.get(source)
        if found is None:
            self.gone.add(source)
            return Reading()
        return found
