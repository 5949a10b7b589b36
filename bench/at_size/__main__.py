"""`python -m bench.at_size`: fills a warehouse of any size and measures what users wait for."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from bench.at_size import landing, pages, questions, results, sizes
from bench.at_size.filling import fill
from bench.at_size.results import Result
from bench.at_size.traffic import SHAPES


def main() -> int:
    options = _options()
    began = time.monotonic()
    found: list[Result] = []

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {text}", flush=True)

    def add(result: Result) -> None:
        found.append(result)
        print(result, flush=True)

    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        full, empty = Path(folder) / "full", Path(folder) / "empty"
        filled = fill(full, options.rows, SHAPES[options.shape], say)
        say(f"{filled.statuses:,} statuses of {filled.messages:,} messages; measuring the pages")
        for part in (
            pages.results(full),
            questions.results(filled.location),
            sizes.results(filled),
            landing.results(full, empty),
        ):
            for result in part:
                add(result)
    say("done")
    if options.out:
        about = {"shape": options.shape, "statuses": filled.statuses, "messages": filled.messages}
        results.write(options.out, found, about)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.at_size", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="statuses in the warehouse")
    parser.add_argument("--shape", choices=SHAPES, default="company", help="whose traffic it is")
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    parser.add_argument("--folder", type=Path, help="make the warehouse in this folder")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
