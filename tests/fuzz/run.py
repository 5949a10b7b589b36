"""Runs many inputs in one or several processes, and collects what they find."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass

from tests.fuzz.finding import Finding
from tests.fuzz.reading import Reading
from tests.fuzz.receiving import Receiving

CHECKS = {check.kind: check for check in (Receiving, Reading)}
PART = 500  # inputs of one task; a whole number of batches of records


@dataclass(frozen=True, slots=True)
class Part:
    """Some inputs of one kind and seed: those from `start` up to `end`."""

    kind: str
    seed: int
    start: int
    end: int

    def findings(self) -> list[Finding]:
        """What is wrong with these inputs."""
        with closing(CHECKS[self.kind](self.seed)) as check:
            return list(check.check(range(self.start, self.end)))


def parts(kind: str, seed: int, count: int) -> Iterator[Part]:
    """The first `count` inputs of a kind, in parts."""
    for start in range(0, count, PART):
        yield Part(kind, seed, start, min(start + PART, count))


def run(work: list[Part], processes: int) -> Iterator[tuple[Part, list[Finding]]]:
    """Each part with what it found, in any order. Raises Crashed if a process ends by itself."""
    if processes == 1:
        yield from ((part, part.findings()) for part in work)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn) as pool:
        waiting = {pool.submit(part.findings): part for part in work}
        try:
            for done in as_completed(waiting):
                yield waiting.pop(done), done.result()
        except BrokenProcessPool:
            raise Crashed(sorted(waiting.values(), key=lambda part: part.start)) from None


class Crashed(Exception):
    """A process ended by itself. One of the first parts that are left has the cause."""

    def __init__(self, left: list[Part]) -> None:
        first = left[0]
        super().__init__(f"a process ended: run {first.kind} {first.start} and later ones alone")
