"""Explores the larger worlds of the night: `python -m tests.proof [--mistake NAME]`."""

from __future__ import annotations

import argparse
import logging
import sys

from tests.proof.explore import Explorer
from tests.proof.mistakes import MISTAKES
from tests.proof.process import Rules
from tests.proof.scopes import NIGHTLY, USUAL


def main(arguments: list[str]) -> int:
    """Prints the number of states; returns 1 after the trace of a violation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mistake", choices=MISTAKES, help="show how this mistake is found")
    name = parser.parse_args(arguments).mistake
    rules = MISTAKES[name].rules if name else Rules()
    for title, scope in ({name: MISTAKES[name].scope} if name else USUAL | NIGHTLY).items():
        found = Explorer(rules, scope).explore()
        print(f"{title}: {found.states:,} states, {found.steps:,} steps", flush=True)
        if found.violation:
            print(*found.trace, sep="\n")
            return 1
    return 0


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)  # the code logs each fault
    sys.exit(main(sys.argv[1:]))
