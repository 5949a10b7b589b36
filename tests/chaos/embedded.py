"""Kills the parts of `bluetick up`, or all of it, under load: `python -m tests.chaos.embedded`.

A killed `up` is started again on the same folder and ports. In the end, everything that was
answered with 200 must have landed once.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.audit import Balance, balance
from tests.chaos.load import Load
from tests.chaos.traffic import CONFIG
from tests.support.ports import free_ports
from tests.support.stack import PATIENCE, Running, started
from tests.support.waiting import wait_for
from warehouse.connection import Location, connect
from warehouse.rollups import corrections

UP = "up"
TARGETS = (UP, "broker", "receive", "land")
DRAIN_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class SeriesReport:
    """The results of a series."""

    seed: int
    kills: Counter[str]
    sent: int
    acknowledged: int
    balance: Balance
    wrong_sums: int
    exits: int  # of an `up` by itself, because a part was killed while it started
    code: int  # exit code of the last `up`
    left: list[str]  # files of the journal after its end

    @property
    def good(self) -> bool:
        found = self.balance
        wrong = found.lost or found.doubled or found.unknown or self.wrong_sums
        return bool(self.acknowledged) and not (wrong or self.code or self.left)

    def line(self) -> str:
        """All results on one line."""
        kills = ", ".join(f"{name} {count}" for name, count in sorted(self.kills.items()))
        return (
            f"seed={self.seed} kills={self.kills.total()} ({kills}) sent={self.sent} "
            f"acknowledged={self.acknowledged} landed={self.balance.landed} "
            f"lost={self.balance.lost} doubled={self.balance.doubled} "
            f"unknown={self.balance.unknown} wrong_sums={self.wrong_sums} "
            f"exits={self.exits} exit={self.code} "
            f"left={len(self.left)}"
        )


def targets(seed: int, kills: int) -> Iterator[str]:
    """The parts to kill: each of them once in any order, then again."""
    chance = random.Random(f"targets {seed}")
    for first in range(0, kills, len(TARGETS)):
        yield from chance.sample(TARGETS, len(TARGETS))[: kills - first]


class Series:
    """One `up` after another, on the same folder and ports."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.kills: Counter[str] = Counter()
        self.exits = 0  # of an `up` by itself
        self._folder = folder
        self._chance = random.Random(f"series {seed}")
        (folder / "bluetick.toml").write_text(CONFIG, "utf-8")
        names = ("RECEIVER", "ADMIN", "DASHBOARD", "BROKER")
        self._ports = {
            f"BLUETICK_{name}_PORT": str(port)
            for name, port in zip(names, free_ports(len(names)), strict=True)
        }
        self.url = f"http://127.0.0.1:{self._ports['BLUETICK_RECEIVER_PORT']}"
        self._stack = ExitStack()
        self.running = self._start()

    def await_ready(self) -> None:
        self.running.printed("Bluetick is running", PATIENCE)

    def kill(self, target: str, load: Load) -> None:
        """Kills a part or everything, mostly after more posts are answered, sometimes at once."""
        if self._chance.random() < 0.8:
            goal = len(load.acknowledged) + self._chance.randint(1, 300)
            self.spend_until(lambda: len(load.acknowledged) >= goal)
        if target == UP:
            self.running.process.kill()
            self._restart()
        else:
            self.spend_until(lambda: self._killed(target))
        self.kills[target] += 1

    def spend_until(self, reached: Callable[[], bool]) -> None:
        """Waits. An `up` ends if a part is killed while it starts; it is started again then."""

        def found() -> bool:
            if self.running.process.poll() is not None:
                self.exits += 1
                self._restart()
            return reached()

        wait_for(found, DRAIN_SECONDS)

    def end(self) -> None:
        """Ends what is still running of the last `up`, and prints what it has printed."""
        self._stack.close()
        print(self.running.output, file=sys.stderr, flush=True)

    def _killed(self, part: str) -> bool:
        try:
            self.running.kill(part)
        except (StopIteration, ProcessLookupError):  # it is about to start
            return False
        return True

    def _restart(self) -> None:
        self.end()
        self.running = self._start()

    def _start(self) -> Running:
        # An early kill may hit it while it makes its warehouse.
        return self._stack.enter_context(started(self._folder, "up", prepared=False, **self._ports))


def run(folder: Path, *, seed: int, kills: int, rate: float) -> SeriesReport:
    """Kills `kills` times in the order of `seed`, in a new `folder`, at `rate` events a second."""
    series = Series(folder, seed)
    load = Load(series.url, seed, providers=4, rate=rate)
    try:
        series.await_ready()
        load.start()
        for target in targets(seed, kills):
            series.kill(target, load)
            print(f"{target}: {len(load.acknowledged)} acknowledged", file=sys.stderr, flush=True)
        goal = len(load.acknowledged) + 100
        series.spend_until(lambda: len(load.acknowledged) >= goal)
        load.finish()
        series.spend_until(lambda: load.done)
        code = series.running.end()
    finally:
        load.give_up()
        series.end()
    with connect(Location.under(folder / "data"), read_only=True) as connection:
        found = balance(connection, sent=load.sent, acknowledged=load.acknowledged)
        wrong = len(connection.execute(corrections()).fetchall())
    left = [path.name for path in (folder / "data" / "journal").glob("*")]
    return SeriesReport(
        seed=seed,
        kills=series.kills,
        sent=len(load.sent),
        acknowledged=len(load.acknowledged),
        balance=found,
        wrong_sums=wrong,
        exits=series.exits,
        code=code,
        left=left,
    )


def main() -> int:
    """Returns 0 if nothing was lost or doubled, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.embedded", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides traffic and kills")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rate", type=float, default=300.0, help="events posted per second")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bluetick-chaos-"))
    report = run(folder, seed=arguments.seed, kills=arguments.kills, rate=arguments.rate)
    print(report.line())
    if report.good and report.kills.total() == arguments.kills:
        shutil.rmtree(folder)
        return 0
    print(f"what is left is in {folder}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
