"""The errors that are explained to the user: their base class, and that of the configuration."""

from __future__ import annotations


class BluetickError(Exception):
    """An error that the user can correct.

    Its message says what is wrong and what to do. It contains no personal data and no secrets. A
    command prints it and ends with exit code 1. All other exceptions are faults of Bluetick; only
    their type and place are printed.
    """


class ConfigError(BluetickError):
    """The configuration is not valid; the message says where, and what to write."""
