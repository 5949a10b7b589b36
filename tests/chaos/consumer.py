"""A consumer as `bluetick land` runs it, but hurried: short sessions, frequent maintenance.

`python -m tests.chaos.consumer BOOTSTRAP DATA_DIR PROTOCOL`
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from consumer.maintain import Schedule
from consumer.run import Landing, run
from consumer.warehouse import Location

# Shorter than the longest pauses of the plan.
SESSION_MS = 6_000
# Files must outlive any transaction that a frozen process still has open.
SCHEDULE = Schedule(every_seconds=8.0, keep_snapshots_seconds=60.0)


def main(bootstrap: str, data_dir: str, protocol: str) -> int:
    """Lands until SIGTERM; the exit code of the consumer."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    return run(
        Landing(
            bootstrap=bootstrap,
            location=Location.under(Path(data_dir)),
            group_protocol=protocol,
            session_timeout_ms=SESSION_MS,
            batch_seconds=0.3,
            schedule=SCHEDULE,
        )
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
