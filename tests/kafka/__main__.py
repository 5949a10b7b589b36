"""Runs the integration and chaos tests on real Apache Kafkas, which it starts and stops.

`python -m tests.kafka`; further arguments go to pytest.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.support import apicurio
from tests.support.broker import EXTERNAL
from tests.support.kafka import Kafka
from tests.support.maven import Unavailable, java, version

SELECTED = "broker or kafka or servers"
# Each worker has its own Kafka, because tests delete the topics and read all new records.
WORKERS = 3


def main() -> int:
    """Returns pytest's exit code, or 1 if no Kafka can run here."""
    with tempfile.TemporaryDirectory(prefix="bluetick-kafka-") as directory, ExitStack() as stack:
        try:
            servers = _started(Path(directory), stack)
        except Unavailable as error:
            print(error, file=sys.stderr)
            return 1
        print(f"Apache Kafka {version('kafka')} at {', '.join(servers)}", flush=True)
        _tell_of_the_registry()
        beside = ["-n", str(len(servers)), "--dist", "loadfile", "--no-loadscope-reorder"]
        return subprocess.run(
            [sys.executable, "-m", "pytest", *beside, "-m", SELECTED, *sys.argv[1:]],
            env={**os.environ, EXTERNAL: " ".join(servers)},
            check=False,
        ).returncode


def _started(directory: Path, stack: ExitStack) -> list[str]:
    """The bootstrap servers of one Kafka for each worker; `stack` ends them. Raises Unavailable."""
    kafkas = [Kafka(directory / str(number)) for number in range(WORKERS)]
    for kafka in kafkas:
        stack.callback(kafka.stop)
        kafka.launch()
    for kafka in kafkas:
        kafka.await_ready()
    return [kafka.bootstrap for kafka in kafkas]


def _tell_of_the_registry() -> None:
    try:
        java(apicurio.OLDEST_JAVA)
    except Unavailable as error:
        print(f"!!!! NOT RUN WITH A SCHEMA REGISTRY: {error}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
