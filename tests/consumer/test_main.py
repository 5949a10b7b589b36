"""The consumer process: what it refuses at its start, and what it waits for."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.land import wait_for
from tests.support.ports import HOST, free_ports, listening
from tests.support.process import Child
from tests.support.receiver import receiver


def consumer(folder: Path, *options: str) -> Child:
    """`bluetick land` without a broker."""
    (port,) = free_ports(1)
    child = Child(
        [
            *(sys.executable, "-m", "bluetick", "land"),
            *("--bootstrap-servers", f"{HOST}:{port}", "--data-dir", str(folder / "data")),
            *options,
        ],
        log=folder / "consumer.log",
    )
    child.start()
    return child


def test_without_a_broker_it_waits_until_it_is_stopped(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    child = consumer(tmp_path, "--metrics-port", str(port))
    wait_for(lambda: "waiting for Kafka at" in child.tail(), explain=child.tail)
    assert listening(port)
    assert child.stop() == 0


def test_a_taken_metrics_port_is_explained(tmp_path: Path) -> None:
    with receiver(f"{HOST}:1", wait=False) as taken:
        child = consumer(tmp_path, "--metrics-port", str(taken.port))
        assert child.wait(120) == 1
    assert "choose another --metrics-port" in child.tail()


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    child = consumer(tmp_path, "--data-dir", str(file / "data"))
    assert child.wait(120) == 1
    assert "--data-dir" in child.tail()
    assert "Traceback" not in child.tail()
