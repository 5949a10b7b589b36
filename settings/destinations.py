"""Where alerts are sent: a webhook, Slack or what takes the same JSON, and e-mail."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from settings.networks import is_web_address
from settings.sources import Secret


def _url(value: str) -> str:
    if not is_web_address(value):
        raise ValueError("must be an address that begins with https:// or http://")
    return value


def _address(value: str) -> str:
    if value.count("@") != 1 or not value.isprintable() or any(c in value for c in " ,;<>"):
        raise ValueError("must be an e-mail address, such as ops@example.com")
    return value


SecretUrl = Annotated[Secret, AfterValidator(_url)]
Address = Annotated[str, AfterValidator(_address)]
STRICT = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True)


class Webhook(BaseModel):
    """Gets each message as a POST with JSON. The address is a secret: it may let anybody post."""

    model_config = STRICT

    kind: Literal["webhook"]
    url: SecretUrl = Field(repr=False)


class Slack(BaseModel):
    """Gets each message as Slack's JSON, which Mattermost, Rocket.Chat and others take too."""

    model_config = STRICT

    kind: Literal["slack"]
    url: SecretUrl = Field(repr=False)


class Email(BaseModel):
    """Gets each message by SMTP."""

    model_config = STRICT

    kind: Literal["email"]
    host: str
    port: int = Field(default=587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: Secret | None = Field(default=None, repr=False)
    sender: Address = Field(validation_alias="from")
    to: tuple[Address, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together")
        if self.password and self.security == "none":
            raise ValueError('security = "none" would send the password in the open: remove it')
        return self


Destination = Annotated[Webhook | Slack | Email, Field(discriminator="kind")]
