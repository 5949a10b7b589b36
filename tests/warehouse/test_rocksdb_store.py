"""What a store holds after its process was killed, its disk was full, or its files were cut."""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path

import pytest
from rocksdict import Rdict, WriteBatch

from tests.support.process import Child
from warehouse.rocksdb_store import close_store, open_store

pytestmark = pytest.mark.process
WRITES = 120  # of some 0.5 MB: several flushes


def write(store: Rdict, writes: int) -> None:
    """Writes a thousand values and the number of the write, again and again."""
    for number in range(writes):
        batch = WriteBatch(raw_mode=True)
        for place in range(1_000):
            batch.put(f"{number}/{place}".encode(), os.urandom(512))
        batch.put(b"last", str(number).encode())
        store.write(batch)


def last_written(store: Rdict) -> int:
    """The number of the last write, which must have all writes before it."""
    last = int(store.get(b"last") or -1)
    assert [n for n in range(last + 1) if store.get(f"{n}/999".encode()) is None] == []
    return last


def run(folder: Path, *arguments: object) -> None:
    """Writes in a process of its own, which is killed at the end."""
    child = Child(
        [sys.executable, "-m", __name__, str(folder), *map(str, arguments)],
        log=folder.with_suffix(".log"),
    )
    child.start()
    assert child.wait(120) == -signal.SIGKILL, child.tail()


@pytest.mark.parametrize("cut", ["nothing", "MANIFEST", "CURRENT", ".sst"])
def test_a_killed_process_leaves_all_writes_up_to_one(tmp_path: Path, cut: str) -> None:
    folder = tmp_path / "store"
    run(folder, WRITES)
    for file in folder.iterdir():
        if cut in file.name:
            file.write_bytes(file.read_bytes()[:-7])
    store = open_store(folder)
    last = last_written(store)
    assert last < WRITES - 1  # the rest was in memory
    assert (last > 0) == (cut not in ("CURRENT", ".sst"))  # these are made anew
    close_store(store)


def test_a_store_that_is_opened_again_forgets_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    run(folder, WRITES)
    close_store(open_store(folder))
    store = open_store(folder)
    before = last_written(store)
    assert before > 0
    store.compact_range(None, None)
    assert last_written(store) == before
    close_store(store)


def test_what_was_closed_is_kept(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    store.put(b"key", b"value")
    close_store(store)
    assert open_store(tmp_path / "store").get(b"key") == b"value"


def test_a_full_disk_is_an_error_and_the_store_can_be_closed(tmp_path: Path) -> None:
    run(tmp_path / "store", WRITES, "full")
    log = (tmp_path / "store.log").read_text("utf-8")
    assert "refused: IO error" in log
    assert "closed" in log


if __name__ == "__main__":
    _folder, _writes, *_full = sys.argv[1:]
    if _full:
        resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, resource.RLIM_INFINITY))
    _store = open_store(Path(_folder))
    try:
        write(_store, int(_writes))
    except Exception as error:
        print("refused:", error)
        close_store(_store)
        print("closed", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
