"""One run: starts everything, puts it under load, takes samples, ends it and checks the results."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import orjson
import psutil

from tests.soak import final_checks, readers, sampler
from tests.soak.final_checks import Check
from tests.soak.load import COUNTS
from tests.soak.options import Options
from tests.soak.poison import Poison
from tests.soak.repeated_commands import RepeatedCommand
from tests.soak.sampler import Sample
from tests.soak.samples import Samples
from tests.soak.site import Site, SiteError, lag
from warehouse.connection import Location

SAMPLES = "samples.csv"
QUERY = "SELECT status, count(*) AS events FROM statuses GROUP BY ALL ORDER BY ALL"
SQL_SECONDS = 10.0
POISON_SECONDS = 15.0
PRINT_SECONDS = 30.0
TICK_SECONDS = 0.2
DRAIN_SECONDS = 120.0


@dataclass(slots=True)
class Outcome:
    """The results of a run beside its samples: checks, and notes for the report."""

    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def run(options: Options, directory: Path) -> Outcome:
    """Does one run; samples and logs go into `directory`. Raises SiteError if it must stop.

    In any case, everything that was started is ended again.
    """
    logs = directory / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    options.write(directory)
    with tempfile.TemporaryDirectory(prefix="bluetick-soak-") as temporary:
        work = Path(temporary)
        try:
            with Site(options, logs, work) as site:
                site.start()
                soak = _Soak(options, site, logs)
                try:
                    with Samples(directory / SAMPLES) as samples:
                        soak.spend(samples)
                    return soak.end()
                finally:
                    soak.give_up()
        finally:
            if (work / "data" / "logs").exists():
                shutil.copytree(work / "data" / "logs", logs, dirs_exist_ok=True)


class _Soak:
    def __init__(self, options: Options, site: Site, logs: Path) -> None:
        self._options, self._site = options, site
        self._poison = Poison(site.bootstrap)
        self._looked: Sample = {}
        self._outcome = Outcome(notes=[site.note] if site.note else [])
        command = partial(RepeatedCommand, folder=logs, env=site.env)
        module = [sys.executable, "-m"]
        self._doctor = command("doctor", [*module, "bluetick", "doctor"], options.doctor_seconds)
        self._sql = command("sql", [*module, "bluetick", "sql", QUERY], SQL_SECONDS)
        look = [*module, "tests.soak.look", str(site.data_dir)]
        self._look = command("look", look, options.look_seconds, take=self._take)
        self._commands = (self._doctor, self._sql, self._look)

    def spend(self, samples: Samples) -> None:
        """Takes samples and runs commands while there is load. Raises SiteError."""
        self._site.begin()
        began = time.monotonic()
        sample = tell = 0.0
        poison = POISON_SECONDS
        while (now := time.monotonic() - began) < self._options.seconds:
            self._site.check()
            for command in self._commands:
                command.tick()
            if now >= sample:
                latest = self._sample(now)
                samples.add(latest)
                sample = now + self._options.sample_seconds
            if now >= poison:
                self._poison.write()
                poison = now + POISON_SECONDS
            if now >= tell:
                self._print(now, latest)
                tell = now + PRINT_SECONDS
            time.sleep(TICK_SECONDS)
        self._seconds = time.monotonic() - began

    def end(self) -> Outcome:
        """Ends everything in order, and then checks the results."""
        site, checks = self._site, self._outcome.checks
        location = Location.under(site.data_dir)
        codes = {"load": site.stop("load")}
        self._poison.finish()
        checks.append(final_checks.drained(location, site.bootstrap, DRAIN_SECONDS))
        for command in self._commands:
            command.finish()
        checks.extend(self._readers())
        codes["viewers"] = site.stop("viewers")
        codes["up"] = site.stop("up")
        checks.append(final_checks.ended(codes))
        checks.append(final_checks.wal_gone(site.data_dir))
        checks.extend(final_checks.accounted(location, site.work, self._poison.acknowledged))
        self._pace()
        return self._outcome

    def give_up(self) -> None:
        """Ends every running command."""
        for command in self._commands:
            command.give_up()

    def _sample(self, now: float) -> Sample:
        found = sampler.parts_of(self._site.up)
        if self._site.kafka:
            found["kafka"] = psutil.Process(self._site.kafka.child.pid)
        sample = {"seconds": now} | sampler.processes(found) | sampler.folder(self._site.data_dir)
        waiting = lag(self._site.metrics_url)
        if waiting is not None:
            sample["lag"] = waiting
        sample["acknowledged"] = self._counts().get("acknowledged", 0)
        looked, self._looked = self._looked, {}
        return sample | looked

    def _take(self, printed: str) -> None:
        self._looked = orjson.loads(printed.splitlines()[-1])

    def _counts(self) -> dict[str, float]:
        file = self._site.work / COUNTS
        return dict(orjson.loads(file.read_bytes())) if file.exists() else {}

    def _readers(self) -> Iterator[Check]:
        for command in (self._look, self._sql):
            yield readers.answered(command)
        yield readers.well(self._doctor)
        last = replace(self._doctor, name="doctor-at-the-end", runs=0, failures=[])
        words = last.once().strip().splitlines()
        yield Check(
            "doctor finds no problem at the end",
            not last.failures,
            "; ".join(last.failures or words[-1:]),
        )
        yield readers.watched(orjson.loads((self._site.work / "viewers.json").read_bytes()))

    def _pace(self) -> None:
        """Adds a note whether the machine kept the rate. This is not judged."""
        counts = self._counts()
        each = counts.get("acknowledged", 0) / self._seconds
        text = f"{each:,.0f} events per second were acknowledged, of {self._options.rate:,.0f}"
        if held_back := counts.get("held_back"):
            text += f"; for {held_back:.0f} s too many POSTs waited for an answer: this machine "
            text += "DID NOT KEEP THE RATE, so the limits apply to a lower rate"
        self._outcome.notes.append(text)

    def _print(self, now: float, sample: Sample) -> None:
        memory = ", ".join(
            f"{part} {sample[f'{part}.rss'] / 1e6:.0f} MB"
            for part in ("receiver", "consumer", "dashboard")
            if f"{part}.rss" in sample
        )
        print(
            f"{now:6.0f} s  acknowledged {sample['acknowledged']:9,.0f}  {memory}, "
            f"WAL {sample['wal.bytes'] / 1e6:.1f} MB, {sample['files.count']:.0f} files",
            file=sys.stderr,
            flush=True,
        )


__all__ = ["SAMPLES", "Outcome", "SiteError", "run"]
