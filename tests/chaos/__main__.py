"""Runs one campaign and prints one line: `python -m tests.chaos --seed 7 --kills 50`."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from tests.chaos.campaign import run
from tests.chaos.site import Options, SiteError
from tests.support.maven import Unavailable


def main() -> int:
    """Returns 0 if nothing was lost or doubled, 1 if something was, 2 if it could not run."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description="Kills receiver, consumers and broker under load, then counts every event.",
    )
    parser.add_argument("--seed", type=int, default=1, help="decides traffic and faults")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--broker", choices=("apache", "embedded"), default="apache")
    parser.add_argument(
        "--catalog", choices=("sqlite", "postgres"), default="sqlite", help="postgres: with S3"
    )
    parser.add_argument("--protocol", choices=("classic", "consumer"), default="classic")
    parser.add_argument("--consumers", type=int, default=2)
    parser.add_argument("--rate", type=float, default=1000.0, help="events posted per second")
    parser.add_argument("--directory", type=Path, help="for logs; default: .chaos/seed-SEED")
    arguments = parser.parse_args()
    directory = arguments.directory or Path(".chaos") / f"seed-{arguments.seed}"
    if directory.exists():
        shutil.rmtree(directory)
    directory.mkdir(parents=True)
    options = Options(
        seed=arguments.seed,
        kills=arguments.kills,
        directory=directory.resolve(),
        broker=arguments.broker,
        catalog=arguments.catalog,
        protocol=arguments.protocol,
        consumers=arguments.consumers,
        rate=arguments.rate,
    )
    try:
        report = run(options)
    except (SiteError, Unavailable) as error:
        print(error, file=sys.stderr)
        return 2
    print(report.line())
    return 0 if report.good and report.kills.total() == options.kills else 1


if __name__ == "__main__":
    sys.exit(main())
