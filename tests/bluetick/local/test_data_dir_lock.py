"""A start locks its data folder and ports, and names the ones that are in use."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluetick.local.data_dir_lock import Taken, check_ports, claimed
from tests.support.ports import free_ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_free_ports_are_fine() -> None:
    receiver, dashboard = free_ports(2)
    check_ports({"receiver": receiver, "dashboard": dashboard})


def test_a_taken_port_is_named_with_its_option(taken: int) -> None:
    (free,) = free_ports(1)
    with pytest.raises(Taken) as caught:
        check_ports({"receiver": taken, "dashboard": free})
    text = str(caught.value)
    assert f"port {taken} is taken" in text
    assert "--receiver-port" in text
    assert "BLUETICK_RECEIVER_PORT" in text
    assert str(free) not in text


def test_all_taken_ports_are_named_at_once(taken: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        second = other.getsockname()[1]
        with pytest.raises(Taken) as caught:
            check_ports({"receiver": taken, "dashboard": second})
    assert str(taken) in str(caught.value)
    assert str(second) in str(caught.value)


def test_a_port_wanted_twice() -> None:
    (port,) = free_ports(1)
    with pytest.raises(Taken, match=r"--receiver-port, --dashboard-port"):
        check_ports({"receiver": port, "dashboard": port})


def test_a_folder_is_locked_by_one_start_at_a_time(tmp_path: Path) -> None:
    with claimed(tmp_path), pytest.raises(Taken, match=f"process {os.getpid()}"), claimed(tmp_path):
        pass
    with claimed(tmp_path):
        pass


def test_only_its_owner_can_read_a_new_folder(tmp_path: Path) -> None:
    with claimed(tmp_path / "data"):
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(Taken, match="cannot be written to"), claimed(file / "data"):
        pass


def test_a_folder_is_free_again_after_a_crash(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path\n"
        "from bluetick.local.data_dir_lock import claimed\n"
        "with claimed(Path(sys.argv[1])): os._exit(9)"
    )
    crash = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert crash.returncode == 9
    with claimed(tmp_path):
        pass
