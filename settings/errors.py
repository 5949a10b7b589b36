"""The base of all errors that are explained to the user."""

from __future__ import annotations


class BluetickError(Exception):
    """Something the user can act on.

    Its message says what is wrong and what to do, and holds neither personal data nor secrets. A
    command prints it and ends with exit code 1. Every other exception is a fault of Bluetick's
    own, of which only type and place are printed.
    """
