"""One campaign: starts everything, causes the planned faults, waits for landing, and counts."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import duckdb
from confluent_kafka import KafkaException

from settings.errors import BluetickError
from tests.chaos.audit import Balance, balance, behind, not_erased
from tests.chaos.catalog_lock import lock_postgres, lock_sqlite
from tests.chaos.disk import Disk
from tests.chaos.faults import Faults, Lock
from tests.chaos.fleet import Fleet
from tests.chaos.load import Load
from tests.chaos.plan import NETWORK, POSTGRES, RECEIVER, STORE, consumer_name, plan
from tests.chaos.reader import Findings, check, gather
from tests.chaos.site import READER, Options, Site
from tests.support.lake_servers import LakeServers
from tests.support.object_store import ObjectStore
from tests.support.postgres import Postgres
from warehouse.connection import Location, connect
from warehouse.maintenance import Schedule, maintain
from warehouse.renewal import Warehouse
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
    deletions: int
    not_erased: int  # deleted messages whose content is still there
    exits: int  # of processes that ended by themselves and were started again
    drained: bool

    @property
    def good(self) -> bool:
        """Whether nothing was lost, doubled or invented, no half batch was seen, and all landed."""
        found = self.balance
        spotless = not (found.lost or found.doubled or found.unknown or self.findings.violations)
        right = not (self.wrong_sums or self.not_erased)
        return spotless and right and self.drained and self.sent == self.acknowledged

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
            f"deletions={self.deletions} not_erased={self.not_erased} exits={self.exits} "
            f"drained={'yes' if self.drained else 'NO'}"
        )


def run(options: Options) -> Report:
    """Runs the plan of `options.seed`. Raises SiteError if it cannot start."""
    disk = Disk(options.directory / "data")
    try:
        with ExitStack() as stack:
            servers = _servers(options, stack)
            lake = servers.environment() if servers else {}
            children = (
                {POSTGRES: servers.postgres.child, STORE: servers.store.child} if servers else {}
            )
            location = Location.of(disk.folder, lake)
            lock = _lock(location, servers)
            site = stack.enter_context(Site(options, disk.folder, children, lake))
            load = Load(
                site.receiver_url, options.seed, providers=options.providers, rate=options.rate
            )
            try:
                campaign = _Campaign(options, site, Faults(site.fleet, disk, lock), load, location)
                campaign.cause_faults()
                drained = campaign.drain()
                report = campaign.report(drained)
            finally:
                load.give_up()
        if not report.good:
            disk.keep(options.directory / "data-kept")
        return report
    finally:
        disk.release()


def _servers(options: Options, stack: ExitStack) -> LakeServers | None:
    """PostgreSQL and S3, if the warehouse is there."""
    if options.catalog == "sqlite":
        return None
    return LakeServers(stack.enter_context(Postgres()), stack.enter_context(ObjectStore()))


def _lock(location: Location, servers: LakeServers | None) -> Lock:
    if servers:
        return partial(lock_postgres, servers.postgres, location)
    file = location.sqlite_file
    assert file
    return partial(lock_sqlite, file)


class _Campaign:
    def __init__(
        self, options: Options, site: Site, faults: Faults, load: Load, location: Location
    ) -> None:
        self._location = location
        self._options = options
        self._site = site
        self._fleet: Fleet = site.fleet
        self._load = load
        self._faults = faults
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
            servers=options.catalog == "postgres",
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

    def report(self, drained: bool) -> Report:
        """Counts the results, and checks the last snapshot as the reader does."""
        findings = gather(self._options.directory)
        with Warehouse(lambda: connect(self._location), self._location) as warehouse:
            for _ in maintain(warehouse, Schedule()):  # erases in files that are large already
                pass
        with connect(self._location, read_only=True) as connection:
            _, wrong = check(connection)
            found = balance(connection, sent=self._load.sent, acknowledged=self._load.acknowledged)
            wrong_sums = len(connection.execute(corrections()).fetchall())
            deletions, left = not_erased(connection)
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
            deletions=deletions,
            not_erased=left,
            exits=self._fleet.exits.total(),
            drained=drained,
        )

    def _nothing_behind(self) -> bool:
        try:
            with connect(self._location, read_only=True, threads=1) as connection:
                self._behind = behind(connection, self._site.bootstrap)
        except (duckdb.Error, BluetickError, KafkaException) as error:  # just being restarted
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
