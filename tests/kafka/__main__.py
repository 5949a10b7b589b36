"""Runs the integration and chaos tests on a real Apache Kafka that it starts and ends.

`python -m tests.kafka`; further arguments go to pytest.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support import apicurio
from tests.support.kafka import Kafka
from tests.support.maven import Unavailable, java, version

SELECTED = "broker or kafka"


def main() -> int:
    """pytest's exit code, or 1 where no Kafka can run here."""
    with tempfile.TemporaryDirectory(prefix="bluetick-kafka-") as directory:
        try:
            kafka = Kafka(Path(directory)).start()
        except Unavailable as error:
            print(error, file=sys.stderr)
            return 1
        try:
            print(f"Apache Kafka {version('kafka')} at {kafka.bootstrap}", flush=True)
            _tell_of_the_registry()
            return subprocess.run(
                [sys.executable, "-m", "pytest", "-m", SELECTED, *sys.argv[1:]],
                env={**os.environ, "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap},
                check=False,
            ).returncode
        finally:
            kafka.stop()


def _tell_of_the_registry() -> None:
    try:
        java(apicurio.OLDEST_JAVA)
    except Unavailable as error:
        print(f"!!!! NOT RUN WITH A SCHEMA REGISTRY: {error}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
