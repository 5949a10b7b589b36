"""`bluetick land` for tests: with short times, and able to freeze at a chosen moment.

`python -m tests.support.lander BOOTSTRAP DATA_DIR [OPTIONS]`
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import consumer.poll_loop
import consumer.writer
from consumer.main import run
from consumer.settings import STATIC, ConsumerSettings
from settings.without_pandas import leave_out_pandas
from warehouse.connection import Location
from warehouse.maintenance import Schedule

# The functions at whose first call `--freeze` stops the process: before a batch is landed, or with
# the rows of the batch written in an open transaction.
FREEZES = {
    "before-landing": (consumer.poll_loop, "land"),
    "while-landing": (consumer.writer, "advance"),
}


def main(arguments: list[str]) -> int:
    """Lands until SIGTERM. Returns the exit code of the consumer."""
    leave_out_pandas()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    parser = argparse.ArgumentParser()
    parser.add_argument("bootstrap")
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--group", default="bluetick")
    parser.add_argument("--protocol", default=STATIC)
    parser.add_argument("--registry")
    parser.add_argument("--session-ms", type=int, default=6_000)
    parser.add_argument("--batch-seconds", type=float, default=0.2)
    parser.add_argument("--tidy-seconds", type=float, default=3.0)
    for consent in ("new-log", "gap", "poison"):
        parser.add_argument(f"--accept-{consent}", action="store_true")
    parser.add_argument("--metrics-port", type=int)
    parser.add_argument("--freeze", choices=FREEZES)
    parser.add_argument("--break-on", metavar="MESSAGE_ID")
    options = parser.parse_args(arguments)
    if options.freeze:
        _freeze(*FREEZES[options.freeze])
    if options.break_on:
        _break_on(options.break_on)
    return run(
        ConsumerSettings(
            bootstrap=options.bootstrap,
            location=Location.of(options.data_dir),
            registry_url=options.registry,
            group=options.group,
            group_protocol=options.protocol,
            session_timeout_ms=options.session_ms,
            batch_seconds=options.batch_seconds,
            accept_new_log=options.accept_new_log,
            accept_gap=options.accept_gap,
            accept_poison=options.accept_poison,
            metrics_port=options.metrics_port,
            # Files must not be removed while a frozen process may have a transaction open.
            schedule=Schedule(every_seconds=options.tidy_seconds, keep_snapshots_seconds=60.0),
        )
    )


def _freeze(module: Any, name: str) -> None:
    """Stops the process at the first call of this function, until SIGCONT."""
    real: Callable[..., Any] = getattr(module, name)

    def frozen(*positional: Any, **named: Any) -> Any:
        setattr(module, name, real)
        os.kill(os.getpid(), signal.SIGSTOP)
        return real(*positional, **named)

    setattr(module, name, frozen)


def _break_on(message_id: str) -> None:
    """Makes a statement fail in every transaction that lands this message."""
    real = consumer.writer._insert

    def broken(connection: Any, topic: Any, rows: Any, origin: str) -> None:
        if "message_id" in rows.columns and message_id in rows["message_id"].to_list():
            connection.execute("SELECT 'this is not JSON'->>'$.value'")
        real(connection, topic, rows, origin)

    consumer.writer._insert = broken


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
