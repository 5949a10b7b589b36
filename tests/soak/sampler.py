"""Takes one sample: the resources of every process, and the files in the data folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

# The columns of each process, as `NAME.rss` and so on: bytes, counts and seconds of CPU.
HELD = ("pid", "rss", "pss", "uss", "files", "threads", "cpu")
# Words in the command line by which each child of `bluetick up` is recognised.
WORDS = {"receive": "receiver", "land": "consumer", "dashboard": "dashboard"}
Sample = dict[str, float]


def parts_of(up: psutil.Process) -> dict[str, psutil.Process]:
    """`bluetick up` and its current children, by name."""
    found = {"up": up}
    for child in up.children():
        try:
            found[_name(child.cmdline())] = child
        except psutil.Error:  # it has just ended
            continue
    return found


def _name(command: list[str]) -> str:
    if "bluetick" in command:
        return WORDS.get(command[command.index("bluetick") + 1], "other")
    return "broker" if "broker" in command else "other"


def held(name: str, process: psutil.Process) -> Sample:
    """The resources of one process; empty if it has ended."""
    try:
        with process.oneshot():
            memory = process.memory_full_info()
            times = process.cpu_times()
            values = (
                process.pid,
                memory.rss,
                memory.pss,
                memory.uss,
                process.num_fds(),
                process.num_threads(),
                times.user + times.system,
            )
    except psutil.Error:
        return {}
    return {f"{name}.{what}": value for what, value in zip(HELD, values, strict=True)}


def processes(found: Mapping[str, psutil.Process]) -> Sample:
    """The resources of each process, and the memory of all together."""
    sample: Sample = {}
    for name, process in found.items():
        sample |= held(name, process)
    sample["all.pss"] = sum(value for key, value in sample.items() if key.endswith(".pss"))
    return sample


def folder(data_dir: Path) -> Sample:
    """Sizes in the data folder, in bytes."""
    catalog = data_dir / "warehouse.sqlite"
    sizes = list(_sizes(data_dir / "files"))
    return {
        "catalog.bytes": _size(catalog),
        "wal.bytes": _size(catalog.with_name(catalog.name + "-wal")),
        "files.count": len(sizes),
        "files.bytes": sum(sizes),
        "logs.bytes": sum(_sizes(data_dir / "logs")),
        "data.bytes": sum(_sizes(data_dir)),
    }


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _sizes(top: Path) -> Iterator[int]:
    """The size of every file in the folder and below; files may appear and disappear meanwhile."""
    try:
        entries = list(os.scandir(top))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _sizes(Path(entry.path))
        else:
            yield _size(Path(entry.path))
