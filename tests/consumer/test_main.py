"""The consumer process: what it refuses at its start, and what it waits for."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import httpx

from schemas.topics import LANDED
from tests.support.ports import HOST, free_ports
from tests.support.process import Child
from tests.support.receiver import receiver
from tests.support.waiting import wait_for


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
    found = httpx.get(
        f"http://{HOST}:{port}/metrics", trust_env=False, verify=False
    ).text.splitlines()
    log = tmp_path / "data" / "warehouse.sqlite-wal"
    assert log.exists() == (sys.platform == "linux")  # see warehouse/kept_wal.py
    assert child.stop() == 0
    assert not log.exists()
    # Every series of a known label starts at 0.
    assert {
        f'bluetick_build_info{{version="{version("bluetick")}"}} 1.0',
        "bluetick_assigned_partitions 0.0",
        "bluetick_event_age_seconds_count 0.0",
        "bluetick_landing_failed_attempts_total 0.0",
        *(f'bluetick_lag_records{{topic="{topic.name}"}} 0.0' for topic in LANDED),
        *(f'bluetick_landed_rows_total{{table="{topic.table}"}} 0.0' for topic in LANDED),
        *(f'bluetick_undecodable_records_total{{topic="{topic.name}"}} 0.0' for topic in LANDED),
    } <= set(found)
    values = dict(line.rsplit(" ", 1) for line in found if not line.startswith("#"))
    assert float(values["bluetick_disk_bytes"]) > float(values["bluetick_disk_free_bytes"]) > 0
    assert float(values["bluetick_memory_limit_bytes"]) > 0
    assert not [name for name in values if "_created" in name]


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
