"""`python -m bench [NAME …]`: runs the named benchmarks, or all, and prints a line for each."""

from __future__ import annotations

import importlib
import platform
import sys

import duckdb

NAMES = ("normalise", "decode", "land", "views", "receive", "freshness")


def main(names: list[str]) -> int:
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        print(f"no benchmark {', '.join(unknown)}: choose from {', '.join(NAMES)}", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, medians of runs:")
    for name in names or NAMES:
        for line in importlib.import_module(f"bench.{name}").lines():
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
