"""What is accepted is in a file, whole or not at all, and the file says when it is complete."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from producer.kafka.acknowledgement import Outgoing, PublishFailed
from producer.kafka.journal import SEGMENT_SECONDS, Journal
from producer.kafka.journal_file import CLOSED, OPEN, encode, files, read
from schemas.topics import ERRORS, RAW, STATUSES

ONE = Outgoing(STATUSES.name, b"key", b"one")
TWO = Outgoing(ERRORS.name, None, b"")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.add([ONE, TWO]).done()
    journal.add([Outgoing(RAW.name, None, b"not landed"), ONE]).done()
    (path,) = files(tmp_path / "journal")
    assert list(read(path)) == [ONE, TWO, ONE]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    journal.close()


def test_half_a_record_at_the_end_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "cut"
    whole = encode([ONE])
    for length in range(len(whole)):
        path.write_bytes(whole + whole[:length])
        assert list(read(path)) == [ONE]
    path.write_bytes(whole + whole[:-1] + b"?")
    assert list(read(path)) == [ONE]


def test_a_file_is_closed_after_its_last_post(tmp_path: Path) -> None:
    clock = Clock()
    journal = Journal(tmp_path, clock)
    early, late = journal.add([ONE]), journal.add([TWO])
    early.done()
    clock.now = SEGMENT_SECONDS + 1
    journal.turn()
    assert [path.suffix for path in files(tmp_path)] == [OPEN]
    journal.add([ONE]).done()
    late.done()
    assert [path.suffix for path in files(tmp_path)] == [CLOSED, OPEN]
    journal.close()
    assert [path.suffix for path in files(tmp_path)] == [CLOSED, CLOSED]


def test_on_a_full_disk_the_post_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    journal.add([ONE]).done()
    write = os.write

    def half(file: int, content: bytes) -> int:
        return write(file, content[: len(content) // 2])

    def none(_file: int, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    for broken in (half, none):
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", broken)
            with pytest.raises(PublishFailed, match="cannot be written"):
                journal.add([TWO])
        journal.add([ONE]).done()
    journal.close()
    assert [record for path in files(tmp_path) for record in read(path)] == [ONE] * 3
