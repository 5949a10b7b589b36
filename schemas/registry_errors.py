"""Why a schema registry gives no schema."""

from __future__ import annotations

from settings.errors import BluetickError


class UnknownSchema(Exception):
    """No schema is known by this id; the message names the id and where it was looked up."""


class RefusedSchema(UnknownSchema):
    """A schema with this id exists, but its records are not read; the message says why."""


class RegistryUnavailable(BluetickError):
    """The registry does not answer. Unlike for an unknown id, a later attempt may succeed."""
