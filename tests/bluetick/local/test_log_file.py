"""Log files have a limited size, and a full disk does not stop the program."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bluetick.local.log_file import LogFile

LINE = b"x" * 99 + b"\n"


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_it_keeps_three_files_of_bounded_size(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "part.log", limit=1000)
    for number in range(100):
        log.write(b"%02d " % number + LINE[3:])
    log.close()
    assert names(tmp_path) == ["part.log", "part.log.1", "part.log.2"]
    kept = b"".join((tmp_path / name).read_bytes() for name in reversed(names(tmp_path)))
    assert [int(line[:2]) for line in kept.splitlines()] == list(range(70, 100))
    assert all((tmp_path / name).stat().st_size == 1000 for name in names(tmp_path))


def test_it_continues_an_existing_file(tmp_path: Path) -> None:
    for _ in range(3):
        log = LogFile(tmp_path / "part.log", limit=150)
        log.write(LINE)
        log.close()
    assert (tmp_path / "part.log").read_bytes() == LINE
    assert (tmp_path / "part.log.1").read_bytes() == LINE * 2


def test_a_new_file_can_be_begun_at_any_time(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "logs" / "part.log")
    log.put_aside()
    log.write(b"before\n")
    log.put_aside()
    log.put_aside()  # an empty one is not worth keeping
    log.write(b"after\n")
    log.close()
    assert names(tmp_path / "logs") == ["part.log", "part.log.1"]
    assert (tmp_path / "logs" / "part.log.1").read_bytes() == b"before\n"


@pytest.mark.skipif(sys.platform != "linux", reason="has no /dev/full")
def test_after_a_full_disk_the_number_of_lost_lines_is_written(tmp_path: Path) -> None:
    path = tmp_path / "part.log"
    path.symlink_to("/dev/full")
    log = LogFile(path)
    for _ in range(5):
        log.write(LINE)
    path.unlink()
    log.write(LINE)
    log.write(LINE)
    log.close()
    assert path.read_bytes() == b"\n--- 5 lines could not be written ---\n" + LINE * 2


def test_a_deleted_folder_is_created_again(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "logs" / "part.log", limit=100)
    log.write(LINE)
    (tmp_path / "logs" / "part.log").unlink()
    (tmp_path / "logs").rmdir()
    log.write(LINE)
    log.close()
    assert (tmp_path / "logs" / "part.log").read_bytes() == LINE


def test_if_no_file_can_be_renamed_the_full_one_is_emptied(tmp_path: Path) -> None:
    (tmp_path / "part.log.1" / "occupied").mkdir(parents=True)
    log = LogFile(tmp_path / "part.log", limit=1000, files=2)
    for _ in range(25):
        log.write(LINE)
    log.close()
    assert (tmp_path / "part.log").read_bytes() == LINE * 5
