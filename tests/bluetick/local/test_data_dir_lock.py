"""A start locks its data folder and ports, and names the ones that are in use."""

from __future__ import annotations

import os
import socket
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
    with claimed(tmp_path), pytest.raises(Taken) as caught, claimed(tmp_path):
        pass
    assert str(caught.value) == (
        f"Bluetick already runs in {tmp_path} (process {os.getpid()}): stop it, or choose another "
        "folder with --data-dir or BLUETICK_DATA_DIR"
    )
    with claimed(tmp_path):
        pass
