"""Writers queue at a lock file, and a frozen one does not block the others for long."""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from warehouse.write_lock import WriteLock


@contextmanager
def held(file: Path) -> Iterator[None]:
    with file.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def warned(lock: WriteLock, caplog: pytest.LogCaptureFixture) -> bool:
    """Whether the holder waited for the lock and then continued without it."""
    caplog.clear()
    with lock.held():
        return "continuing without it" in caplog.text


def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        lock = WriteLock(file, patience=60)
        for _ in range(20):
            with lock.held():
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.001)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 60
    assert set(most) == {1}


def test_others_wait_once_for_a_frozen_writer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "lock"
    lock = WriteLock(file, patience=0.1)
    with held(file):
        assert warned(lock, caplog)
        assert not warned(lock, caplog)
    assert not warned(lock, caplog)  # free again: from now on it waits as before
    with held(file):
        assert warned(lock, caplog)


def test_without_a_lock_file_writers_do_not_wait(tmp_path: Path) -> None:
    with WriteLock(tmp_path / "missing" / "lock").held():
        pass
