"""The `[privacy]` table: how much of people and messages the receiver keeps."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from settings.secrets import resolve

FULL: Final = "full"
# Fewer characters could be guessed, and then so could all phone numbers.
LEAST_KEY = 32


def _key(value: object) -> object:
    if not isinstance(value, str):
        return value
    key = resolve(value)
    if len(key) < LEAST_KEY:
        raise ValueError(
            f"must have {LEAST_KEY} characters or more, such as from `openssl rand -hex 32`"
        )
    return key


Key = Annotated[str, BeforeValidator(_key)]
KeyId = Annotated[str, Field(pattern="^[a-z0-9]{1,8}$")]


class Privacy(BaseModel):
    """`keys` has a key by its id; `key_id` names the one in use, which all pseudonyms name too."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    level: Literal["full", "pseudonymous", "minimal"] = FULL
    key_id: KeyId | None = None
    keys: dict[KeyId, Key] = Field(default={}, repr=False)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.level != FULL and self.key_id is None:
            raise ValueError(f'level = "{self.level}" needs key_id, and that key in [privacy.keys]')
        if self.key_id is not None and self.key_id not in self.keys:
            raise ValueError(f"[privacy.keys] has no key {self.key_id!r}")
        return self
