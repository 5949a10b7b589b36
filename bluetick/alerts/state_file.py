"""The watcher's file in the data folder: written as a whole or not at all, by one process."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path

from pydantic import ValidationError

from bluetick.alerts.state import State
from settings import folder_lock
from settings.errors import BluetickError

FILE, LOCK = "alerts.json", "alerts.lock"
ELSEWHERE = "another folder with --data-dir"


class StateError(BluetickError):
    """The file cannot be read or written."""


def claimed(folder: Path) -> AbstractContextManager[None]:
    """Keeps other watchers of this folder away for as long as the context, or this process, lasts.

    Raises Taken if there is one.
    """
    return folder_lock.claimed(folder / LOCK, "`bluetick watch`", ELSEWHERE)


def load(folder: Path) -> State:
    """The state of the last `save`; an empty one if there is none. Raises StateError."""
    file = folder / FILE
    try:
        return State.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return State()
    except (OSError, ValidationError):
        raise StateError(
            f"{file} cannot be read: move it away, and what is wrong now is sent again"
        ) from None


def save(folder: Path, state: State) -> None:
    """Replaces the file. When this returns, the state outlives a crash. Raises StateError."""
    file = folder / FILE
    new = file.with_suffix(".new")
    try:
        with new.open("wb") as out:
            out.write(state.model_dump_json().encode())
            out.flush()
            os.fsync(out.fileno())
        new.replace(file)
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StateError(f"{file} cannot be written ({error.strerror})") from None
