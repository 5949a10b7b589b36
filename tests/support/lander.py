"""`bluetick land` with a group of its own and short times: DATA GROUP PROTOCOL [OPTIONS]."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from consumer.maintain import Schedule
from consumer.run import Landing, run
from consumer.warehouse import Location


def main(bootstrap: str, data_dir: str, group: str, protocol: str, *options: str) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    return run(
        Landing(
            bootstrap=bootstrap,
            location=Location.under(Path(data_dir)),
            group=group,
            group_protocol=protocol,
            session_timeout_ms=6_000,
            batch_seconds=0.2,
            accept_new_log="--accept-new-log" in options,
            accept_gap="--accept-gap" in options,
            accept_poison="--accept-poison" in options,
            schedule=Schedule(every_seconds=3.0, keep_snapshots_seconds=60.0),
        )
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
