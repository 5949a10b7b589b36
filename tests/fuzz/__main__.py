"""Feed the receiver and the consumer with hostile inputs: `python -m tests.fuzz --seed 7`.

The same seed and number always make the same input. An input that leads to a fault is saved.
"""

from __future__ import annotations

import argparse
import logging
import os
import resource
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.fuzz.run import PART, Part, parts, run

FOLDER = Path(tempfile.gettempdir()) / "bluetick-fuzz"


def main(arguments: list[str]) -> int:
    """Prints what was found, and the CPU seconds; returns 1 if anything was."""
    options = _options(arguments)
    counts = {"body": options.bodies, "record": options.records}
    if options.only is None:
        work = [part for kind, count in counts.items() for part in parts(kind, options.seed, count)]
    else:
        work = [
            Part(kind, options.seed, options.only, options.only + 1)
            for kind, count in counts.items()
            if count
        ]
    found, done = 0, Counter[str]()
    for part, findings in run(work, options.processes):
        done[part.kind] += part.end - part.start
        found += len(findings)
        for finding in findings:
            print(f"{finding}\n  saved as {finding.save(options.out)}", flush=True)
        if sum(done.values()) % (100 * PART) == 0:
            print(f"{done['body']:,} bodies, {done['record']:,} records", flush=True)
    seconds = sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
    print(
        f"seed {options.seed}: {done['body']:,} bodies and {done['record']:,} records, "
        f"{found} faults, {seconds:.0f} s of CPU"
    )
    return 1 if found else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    add = parser.add_argument
    add("--bodies", type=int, default=10_000, metavar="N", help="post N bodies")
    add("--records", type=int, default=10_000, metavar="N", help="read N Kafka records")
    add("--seed", type=int, default=1, metavar="N", help="choose other inputs")
    add("--only", type=int, metavar="NUMBER", help="run only the body and the record NUMBER")
    add("--processes", type=int, default=1, metavar="N", help="use N processes")
    add("--out", type=Path, default=FOLDER, help="save inputs that lead to a fault in this folder")
    return parser.parse_args(arguments)


def _quiet() -> None:
    """Polars prints a message for each panic, which the consumer expects of broken records."""
    os.environ["RUST_BACKTRACE"] = "0"
    sys.stderr = os.fdopen(os.dup(2), "w")  # for errors of Python
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    logging.disable(logging.WARNING)


if __name__ == "__main__":
    _quiet()  # not in `main`, which a test calls
    sys.exit(main(sys.argv[1:]))
