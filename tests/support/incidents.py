"""Made-up counts of quiet days and of incidents, from a seed: what a diagnosis reads.

Senders of all sizes, with a rhythm of days and weeks, growth, noise, campaigns that are sent on
some days or begin today, and numbers, markets and campaigns that always fail more than others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warehouse.diagnosis.counts import DAY, PERIODS, SLOTS, WINDOWS, Counts

Floats = npt.NDArray[np.float64]
Table = dict[str, npt.NDArray[Any]]

NOW = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)
# Code, family, title, and how often it is why a message fails.
CODES = (
    (131026, "undeliverable", "Message undeliverable", 0.5),
    (131049, "marketing_limit", "Ecosystem engagement", 0.25),
    (131047, "reengagement_window", "Re-engagement message", 0.15),
    (130472, "experiment", "User in experiment", 0.08),
    (131053, "media", "Media upload error", 0.02),
)
TITLES = {code: (family, title) for code, family, title, _ in CODES} | {
    131000: ("platform_error", "Something went wrong"),
    132015: ("template_paused", "Template is paused"),
    131042: ("payment", "Business eligibility payment issue"),
}
MARKETS = ("Brazil", "India", "Mexico", "Germany", "Spain")
SECONDS = np.array([1, 2, 3, 4, 6, 8, 12, 20, 35, 60, 120, 300, 900, 2700, 7200])
# Each period before is known by these parts, each at its first slot.
STARTS = (0, *WINDOWS[:-1])
# Slots of a day back from NOW, in hours of age.
AGE = (np.arange(SLOTS) + 1) / 4
INCIDENTS = (
    "number outage", "template paused", "market", "code surge", "campaign in a market", "slow",
    "silent number", "silent source", "provider outage",
)  # fmt: skip


@dataclass(frozen=True)
class Incident:
    """What goes wrong since so many slots: in all messages with these values."""

    kind: str  # failed, undelivered, slow, silent
    where: dict[str, str]
    slots: int
    codes: tuple[int, ...] = ()
    share: float = 1.0  # of the messages
    over: int = 0  # for so many slots, all is as usual again


@dataclass(frozen=True)
class Site:
    """A sender: its cells (source, number, campaign, market), and what becomes of the messages."""

    seed: int
    cells: list[dict[str, Any]]
    daily: Floats  # messages of a cell
    fails: Floats  # shares of its messages
    stays: Floats
    late: Floats
    seconds: Floats  # until it is delivered, the median
    starts: npt.NDArray[np.int64]  # how many days ago it was first sent
    skips: Floats  # the share of days on which its campaign is not sent
    now: datetime


def site(seed: int, least: float = 3.0, most: float = 5.3, *, anytime: bool = False) -> Site:
    """A sender with 10 ** `least` to 10 ** `most` messages a day, at NOW or at any time."""
    chance = np.random.default_rng(seed)
    sources = [f"source-{at}" for at in range(chance.integers(2, 4))]
    numbers = [
        (source, f"4915550{at}{each}")
        for at, source in enumerate(sources)
        for each in range(chance.integers(2, 4))
    ]
    markets = MARKETS[: chance.integers(3, 6)]
    campaigns = [f"campaign-{at}" for at in range(6)]
    of_market, by_market = chance.uniform(0.6, 2, 5), chance.dirichlet(np.full(len(markets), 4.0))
    of_campaign = chance.uniform(0.01, 0.08, 7)
    cells, values = [], []
    for source, number in numbers:
        own = sorted(chance.choice(6, size=3, replace=False))
        busy, seconds = chance.uniform(0.5, 2), chance.uniform(1.5, 5)
        for campaign in (*own, 6):
            for at, market in enumerate(markets):
                name = campaigns[campaign] if campaign < 6 else None
                cells.append(
                    {"source": source, "number": number, "campaign": name, "market": market}
                )
                values.append(
                    (
                        busy * by_market[at] * chance.uniform(0.5, 1.5),
                        min(of_campaign[campaign] * of_market[at], 0.3),
                        0.02 * of_market[at],
                        0.06 * of_market[at] * chance.uniform(0.7, 1.3),
                        seconds,
                        0 if campaign == 3 else PERIODS,
                        0.4 if campaign == 1 else 0,
                    )
                )
    share, fails, stays, late, took, starts, skips = (
        np.array(column) for column in zip(*values, strict=True)
    )
    daily = 10 ** chance.uniform(least, most) * share / share.sum()
    now = NOW + anytime * int(chance.integers(14 * SLOTS)) * timedelta(minutes=15)
    return Site(seed, cells, daily, fails, stays, late, took, starts, skips, now)


def made_up(of: Site, incident: Incident | None = None, periods: int = PERIODS) -> Counts:
    """Counts of now, with an incident, and of the periods before."""
    chance = np.random.default_rng([of.seed, 1])
    messages: list[Table] = []
    waits: list[Table] = []
    for period in range(periods + 1):
        bad = incident if period == 0 else None
        _period(chance, of, period, bad, messages, waits)
    end = of.now + timedelta(minutes=15)
    return Counts(
        of.now + timedelta(minutes=7), end, end - DAY, DAY, _table(messages), _table(waits)
    )


def _table(parts: list[Table]) -> pa.Table:
    return pa.table({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def _period(
    chance: np.random.Generator,
    of: Site,
    period: int,
    incident: Incident | None,
    messages: list[Table],
    waits: list[Table],
) -> None:
    expected = of.daily[:, None] * _shape(chance, of.now, period)
    sometimes = {name: chance.random() for name in sorted({str(c["campaign"]) for c in of.cells})}
    luck = np.array([sometimes[str(cell["campaign"])] for cell in of.cells])
    expected[(luck < of.skips) | (period > of.starts)] = 0
    moody = chance.lognormal(0, 0.12)
    sent = chance.poisson(expected)
    hit = np.zeros_like(expected)
    if incident:
        cells = [all(c[k] == v for k, v in incident.where.items()) for c in of.cells]
        slots = np.arange(incident.over, incident.slots)
        hit[np.ix_(np.flatnonzero(cells), slots)] = incident.share
        if incident.kind == "silent":
            sent[hit > 0] = 0
    failing = hit if incident and incident.kind == "failed" else 0 * hit
    staying = hit if incident and incident.kind == "undelivered" else 0 * hit
    broken = chance.binomial(sent, failing)
    failed = chance.binomial(sent - broken, np.minimum(of.fails * moody, 0.9)[:, None])
    left = sent - broken - failed
    coming = of.late[:, None] * np.exp(-AGE / 3)  # delivered later than now
    still = of.stays[:, None] + (coming if period == 0 else 0)
    is_open = chance.binomial(left, np.maximum(still, staying))
    ok = left - is_open
    late = chance.binomial(ok, np.broadcast_to(coming, ok.shape)) if period else 0 * ok
    for kind, counted in (("ok", ok), ("open", is_open)):
        messages.append(_rows(of, period, counted, kind))
    for code, *_, share in CODES:
        messages.append(_rows(of, period, chance.binomial(failed, share), "failed", code))
    for code in incident.codes if incident else ():
        messages.append(_rows(of, period, broken // len(incident.codes), "failed", code))
    times = np.where(hit > 0, 20.0, 1.0) if incident and incident.kind == "slow" else 1 + hit * 0
    for number in sorted({cell["number"] for cell in of.cells}):
        own = np.array([cell["number"] == number for cell in of.cells])
        _waits(chance, of, period, own, (ok - late)[own], late[own], times[own], waits)


def _shape(chance: np.random.Generator, now: datetime, period: int) -> Floats:
    """The share of a usual day's messages in each slot: few at night and at weekends."""
    at = [now - period * DAY - slot * timedelta(minutes=15) for slot in range(SLOTS)]
    hour = np.array([each.hour + each.minute / 60 for each in at])
    weekend = np.array([0.5 if each.weekday() >= 5 else 1.0 for each in at])
    day = 0.1 + np.exp(-(((hour - 11) / 3) ** 2)) + 0.8 * np.exp(-(((hour - 18) / 2.5) ** 2))
    growth = 1.01**-period * chance.lognormal(0, 0.12)
    return np.asarray(day / day.sum() * weekend * growth * chance.lognormal(0, 0.2, SLOTS))


def _summed(period: int, counted: npt.NDArray[np.int64]) -> tuple[list[int], npt.NDArray[np.int64]]:
    """The columns of a period, and the slot that each stands for."""
    if period == 0:
        return list(range(SLOTS)), counted
    return list(STARTS), np.add.reduceat(counted, STARTS, axis=1)


def _rows(
    of: Site, period: int, counted: npt.NDArray[np.int64], kind: str, code: int | None = None
) -> Table:
    slots, counted = _summed(period, counted)
    cell, at = np.nonzero(counted)
    family, title = TITLES.get(code or 0, (None, None))
    rows = {name: np.array([c[name] for c in of.cells], object)[cell] for name in of.cells[0]}
    same = {"period": period, "kind": kind, "error_code": code, "error_family": family,
            "error_title": title, "dialect": "cloud" if code else None}  # fmt: skip
    return (
        rows
        | {name: np.full(len(cell), value, object) for name, value in same.items()}
        | {"slot": np.array(slots)[at], "messages": counted[cell, at]}
    )


def _waits(
    chance: np.random.Generator,
    of: Site,
    period: int,
    own: npt.NDArray[np.bool_],
    soon: npt.NDArray[np.int64],
    late: npt.NDArray[np.int64],
    times: Floats,
    waits: list[Table],
) -> None:
    first = int(np.flatnonzero(own)[0])
    median = of.seconds[first] * chance.lognormal(0, 0.08)
    slots, soon = _summed(period, soon.sum(axis=0, keepdims=True))
    _, late = _summed(period, late.sum(axis=0, keepdims=True))
    times = times[0] if period == 0 else times[0, list(STARTS)]
    share = np.exp(-0.5 * (np.log(SECONDS / (median * times[:, None])) / 1.1) ** 2)
    counted = chance.multinomial(soon[0], share / share.sum(axis=1, keepdims=True))
    counted[:, -1] += late[0]
    at, took = np.nonzero(counted)
    same = {"period": period, "source": of.cells[first]["source"]}
    waits.append(
        {name: np.full(len(at), value, object) for name, value in same.items()}
        | {
            "number": np.full(len(at), of.cells[first]["number"], object),
            "slot": np.array(slots)[at],
            "seconds": SECONDS[took],
            "messages": counted[at, took],
            "late": np.where(took == len(SECONDS) - 1, late[0, at], 0),
        }
    )


def incident(of: Site, kind: str) -> Incident:
    """An incident at a sender, of a kind of INCIDENTS, large enough that people would notice it."""
    chance = np.random.default_rng([of.seed, 2])
    slots = int(chance.choice([6, 10, 16, 30]))
    cells = _busy(of)
    cell = of.cells[int(chance.choice(cells))]
    number, campaign = {"number": cell["number"]}, {"campaign": cell["campaign"]}
    market, source = {"market": cell["market"]}, {"source": cell["source"]}
    found = {
        "number outage": Incident("failed", number, slots, (131000, 131026, 131053), 0.5),
        "template paused": Incident("failed", campaign, slots, (132015,), 0.9),
        "market": Incident("failed", market, slots, (131026,), 0.4),
        "code surge": Incident("failed", number, slots, (131042,), 0.15),
        "campaign in a market": Incident("failed", campaign | market, slots, (131049,), 0.7),
        "slow": Incident("slow", number, slots),
        "silent number": Incident("silent", number, max(slots, 16)),
        "silent source": Incident("silent", source, max(slots, 16)),
        "provider outage": Incident("undelivered", source, slots, (), 0.7),
    }
    return found[kind]


def _busy(of: Site) -> npt.NDArray[np.int64]:
    """The cells with a campaign of every day that send most; an incident elsewhere is too small."""
    regular = np.array([c["campaign"] is not None for c in of.cells])
    regular &= (of.skips == 0) & (of.starts > 0)
    order = np.argsort(-of.daily * regular)
    return np.asarray(order[: max(int(regular.sum() // 3), 1)])
