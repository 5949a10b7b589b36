"""A folder is locked for one process, and free again once this process has ended."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from settings.folder_lock import Taken, claimed

WHO = ("`bluetick backup`", "another folder")


def test_one_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with claimed(file, *WHO):
        with pytest.raises(Taken) as caught, claimed(file, *WHO):
            pass
        assert str(caught.value) == (
            f"`bluetick backup` already runs in {tmp_path} (process {os.getpid()}): stop it, or "
            "choose another folder"
        )
    with claimed(file, *WHO):
        pass


def test_a_killed_process_frees_the_folder(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    code = (
        "import sys; from pathlib import Path; from settings.folder_lock import claimed\n"
        "with claimed(Path(sys.argv[1]), '', ''): print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        assert other.stdout.readline()
        with pytest.raises(Taken, match=f"process {other.pid}"), claimed(file, *WHO):
            pass
        other.kill()
    assert other.returncode == -signal.SIGKILL
    with claimed(file, *WHO):
        assert file.read_text() == f"{os.getpid()}\n"


def test_only_its_owner_can_read_a_new_folder(tmp_path: Path) -> None:
    with claimed(tmp_path / "data" / "lock", *WHO):
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(Taken, match="cannot be written to"), claimed(file / "data" / "lock", *WHO):
        pass


def test_a_file_system_without_locks_is_not_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    with (
        pytest.raises(Taken, match=r"cannot be locked \(Operation not supported\)"),
        claimed(tmp_path / "lock", *WHO),
    ):
        pass
