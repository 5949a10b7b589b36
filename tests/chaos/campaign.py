"""One campaign: starts everything, causes the planned faults, waits for landing, and counts."""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass

import duckdb
from confluent_kafka import KafkaException

from tests.chaos.audit import Balance, balance, behind
from tests.chaos.disk import Disk
from tests.chaos.faults import Faults
from tests.chaos.fleet import Fleet
from tests.chaos.load import Load
from tests.chaos.plan import NETWORK, RECEIVER, consumer_name, plan
from tests.chaos.reader import Findings, check, gather
from tests.chaos.site import READER, Options, Site
from warehouse.connection import Location, WarehouseError, connect
from warehouse.rollups import corrections

# The longest time in which all events must have landed after the last fault.
DRAIN_SECONDS = 180.0
WARM_UP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Report:
    """The results of a campaign."""

    seed: int
    kills: Counter[str]
    mishaps: Counter[str]
    sent: int
    acknowledged: int
    balance: Balance
    findings: Findings
    wrong_sums: int  # of `rollups`
    exits: int  # of processes that ended by themselves and were started again
    drained: bool

    @property
    def good(self) -> bool:
        """Whether nothing was lost, doubled or invented, no half batch was seen, and all landed."""
        found = self.balance
        spotless = not (found.lost or found.doubled or found.unknown or self.findings.violations)
        return spotless and not self.wrong_sums and self.drained and self.sent == self.acknowledged

    def line(self) -> str:
        """All results on one line."""
        parts = ", ".join(f"{name} {count}" for name, count in sorted(self.kills.items()))
        mishaps = ", ".join(f"{name} {count}" for name, count in sorted(self.mishaps.items()))
        return (
            f"seed={self.seed} kills={self.kills.total()} ({parts}) mishaps=({mishaps}) "
            f"sent={self.sent} acknowledged={self.acknowledged} landed={self.balance.landed} "
            f"lost={self.balance.lost} doubled={self.balance.doubled} "
            f"unknown={self.balance.unknown} reader_checks={self.findings.checks} "
            f"half_batches={self.findings.violations} wrong_sums={self.wrong_sums} "
            f"exits={self.exits} "
            f"drained={'yes' if self.drained else 'NO'}"
        )


def run(options: Options) -> Report:
    """Runs the plan of `options.seed`. Raises SiteError if it cannot start."""
    disk = Disk(options.directory / "data")
    location = Location.under(disk.folder)
    try:
        with Site(options, disk.folder) as site:
            load = Load(
                site.receiver_url, options.seed, providers=options.providers, rate=options.rate
            )
            try:
                campaign = _Campaign(options, site, disk, load)
                campaign.cause_faults()
                drained = campaign.drain()
                report = campaign.report(location, drained)
            finally:
                load.give_up()
        if not report.good:
            disk.keep(options.directory / "data-kept")
        return report
    finally:
        disk.release()


class _Campaign:
    def __init__(self, options: Options, site: Site, disk: Disk, load: Load) -> None:
        self._options = options
        self._site = site
        self._fleet: Fleet = site.fleet
        self._load = load
        self._faults = Faults(self._fleet, disk, disk.folder / "warehouse.sqlite")
        self._began = time.monotonic()
        self._behind: dict[str, str] = {}

    def cause_faults(self) -> None:
        """Starts the load, and causes every fault of the plan."""
        self._site.start()
        self._load.start()
        self._fleet.spend(WARM_UP_SECONDS)
        options = self._options
        for step in plan(
            options.seed,
            options.kills,
            consumers=options.consumers,
            broker_survives=self._site.broker_survives,
        ):
            self._fleet.spend(step.wait)
            done = self._faults.inflict(step)
            self._print(
                f"{step.action} {step.target} {step.seconds:.1f} s{'' if done else ': NOT DONE'}"
            )

    def drain(self) -> bool:
        """Ends all faults and waits until all posted events have landed; False if they do not."""
        self._fleet.settle()
        self._load.finish()
        posted = self._fleet.spend_until(lambda: self._load.done, DRAIN_SECONDS)
        self._print("all posts are acknowledged" if posted else "POSTS REMAIN unacknowledged")
        stopped = self._stop([RECEIVER])
        landed = self._fleet.spend_until(self._nothing_behind, DRAIN_SECONDS)
        self._print("all records have landed" if landed else f"RECORDS REMAIN: {self._behind}")
        consumers = [consumer_name(n + 1) for n in range(self._options.consumers)]
        return posted and landed and self._stop([*consumers, READER]) and stopped

    def report(self, location: Location, drained: bool) -> Report:
        """Counts the results, and checks the last snapshot as the reader does."""
        findings = gather(self._options.directory)
        with connect(location, read_only=True) as connection:
            _, wrong = check(connection)
            found = balance(connection, sent=self._load.sent, acknowledged=self._load.acknowledged)
            wrong_sums = len(connection.execute(corrections()).fetchall())
        for what in wrong:
            findings.violate(f"at the end: {what}")
        kills = self._fleet.kills.copy()
        mishaps = self._faults.done + Counter({"cut": kills.pop(NETWORK, 0)})
        self._print(f"posts {self._load.posts}, answers {dict(self._load.answers)}")
        self._print(f"ended by themselves: {dict(self._fleet.exits)}")
        self._print(f"failed reads: {dict(findings.errors)}")
        for example in findings.examples:
            self._print(f"HALF BATCH: {example}")
        return Report(
            seed=self._options.seed,
            kills=kills,
            mishaps=mishaps,
            sent=len(self._load.sent),
            acknowledged=len(self._load.acknowledged),
            balance=found,
            findings=findings,
            wrong_sums=wrong_sums,
            exits=self._fleet.exits.total(),
            drained=drained,
        )

    def _nothing_behind(self) -> bool:
        location = Location.under(self._options.directory / "data")
        try:
            with connect(location, read_only=True) as connection:
                self._behind = behind(connection, self._site.bootstrap)
        except (duckdb.Error, WarehouseError, KafkaException) as error:  # just being restarted
            self._behind = {"unknown": type(error).__name__}
        return not self._behind

    def _stop(self, names: list[str]) -> bool:
        """Ends processes with SIGTERM; each must end with exit code 0."""
        codes = {name: self._fleet.stop(name) for name in names}
        wrong = {name: code for name, code in codes.items() if code}
        if wrong:
            self._print(f"NOT ENDED IN ORDER: {wrong}")
        return not wrong

    def _print(self, what: str) -> None:
        seconds = time.monotonic() - self._began
        print(
            f"{seconds:6.1f} s  acknowledged {len(self._load.acknowledged):7d}  {what}",
            file=sys.stderr,
            flush=True,
        )
