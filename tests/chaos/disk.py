"""A small disk for the warehouse, which can be filled and freed."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

MEGABYTE = 1024 * 1024
SIZE = 512 * MEGABYTE
# If nothing can be mounted: files cannot grow beyond this size, which stops every commit.
LARGEST_FILE = 4096


class Disk:
    """A folder on a tmpfs if this user can mount one, otherwise an ordinary folder.

    Without the mount, `fill` limits the size of files of the given processes instead.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.mounted = _mount(folder)
        self._filler = folder / "filler"

    def fill(self, processes: Iterable[int]) -> Callable[[], None]:
        """Fills the disk. Returns a function that frees it."""
        if not self.mounted:
            return _limit(processes)
        with self._filler.open("wb") as filler:
            free = os.statvfs(self.folder)
            _grow(filler.fileno(), free.f_bavail * free.f_frsize)
        return lambda: self._filler.unlink(missing_ok=True)

    def keep(self, folder: Path) -> None:
        """Copies the content to another folder, to examine it after the disk is gone."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)

    def release(self) -> None:
        """Unmounts the disk; its content is lost."""
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=False)


def _mount(folder: Path) -> bool:
    if os.geteuid() != 0 or not shutil.which("mount"):
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _grow(descriptor: int, size: int) -> None:
    """Uses all free space; other processes may use some of it at the same time."""
    while size > 0:
        try:
            os.posix_fallocate(descriptor, 0, size)
            return
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            size -= MEGABYTE


def _limit(processes: Iterable[int]) -> Callable[[], None]:
    limited = []
    for process in processes:
        try:
            _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE, None)  # type: ignore[arg-type]
            resource.prlimit(process, resource.RLIMIT_FSIZE, (LARGEST_FILE, hard))
        except (ProcessLookupError, PermissionError):
            continue
        limited.append((process, hard))

    def free() -> None:
        for process, hard in limited:
            try:
                resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard))
            except ProcessLookupError:
                continue

    return free
