"""Incidents are named, and quiet days stay quiet, at senders that no bound was set by."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pyarrow as pa

from tests.support.incidents import INCIDENTS, NOW, Incident, incident, made_up, site
from warehouse.diagnosis.anomaly import Anomaly
from warehouse.diagnosis.counts import QUARTER
from warehouse.diagnosis.diagnosis import diagnose

EACH, QUIET = 5, 45
# Of these senders, nothing was looked at while the bounds were set.
SEEDS_OF_INCIDENTS, SEEDS_OF_QUIET_DAYS = 80_000, 70_000
# At how many days before a quiet day the warehouse begins.
KNOWN = (14, 14, 10, 7, 3)


def named(found: list[Anomaly], what: Incident) -> bool:
    """Whether the first anomaly is the incident: its kind, its segment, its code."""
    if not found or found[0].kind != what.kind or found[0].where != what.where:
        return False
    return len(what.codes) != 1 or [code.code for code in found[0].codes] == list(what.codes)


def test_nine_of_ten_incidents_are_named_once_with_their_start() -> None:
    right, single, early = 0, 0, 0
    kinds = [kind for kind in INCIDENTS for _ in range(EACH)]
    for seed, kind in enumerate(kinds, SEEDS_OF_INCIDENTS):
        sender = site(seed, least=3.5)
        what = incident(sender, kind)
        found = diagnose(made_up(sender, what))
        right += named(found, what)
        single += len(found) == 1
        began = NOW + QUARTER - what.slots * QUARTER
        early += bool(found) and abs(found[0].since - began) <= timedelta(minutes=45)
    assert right >= 0.9 * len(kinds)
    assert single >= 0.9 * len(kinds)
    assert early >= 0.9 * len(kinds)


def test_quiet_days_are_quiet() -> None:
    false = {}
    for seed in range(SEEDS_OF_QUIET_DAYS, SEEDS_OF_QUIET_DAYS + QUIET):
        sender = site(seed, 2.3, 6.0, anytime=True)
        if found := diagnose(made_up(sender, periods=KNOWN[seed % len(KNOWN)])):
            false[seed] = found
    assert not false


def test_an_incident_that_is_over_has_an_end() -> None:
    sender = site(1, least=4.5)
    what = replace(incident(sender, "number outage"), slots=20, over=8)

    (found,) = diagnose(made_up(sender, what))

    assert found.where == what.where
    assert (found.since, found.until) == (NOW - 19 * QUARTER, NOW - 7 * QUARTER)


def test_an_incident_before_since_is_left_out() -> None:
    sender = site(1, least=4.5)
    what = replace(incident(sender, "number outage"), slots=30, over=14)
    counts = made_up(sender, what)

    assert diagnose(counts)
    assert diagnose(replace(counts, since=counts.end - timedelta(hours=3))) == []


def test_a_large_table_has_several_chunks() -> None:
    sender = site(1, least=4.5)
    counts = made_up(sender, incident(sender, "number outage"))
    parts = [counts.messages.slice(0, 1_000), counts.messages.slice(1_000)]

    assert diagnose(counts)
    assert diagnose(replace(counts, messages=pa.concat_tables(parts))) == diagnose(counts)


def test_without_days_before_nothing_is_unusual() -> None:
    sender = site(1, least=4.5)
    what = incident(sender, "number outage")

    assert diagnose(made_up(sender, what, periods=2)) == []
    assert diagnose(made_up(sender, what, periods=3))


def test_no_message_at_all_is_one_silence() -> None:
    sender = site(1, least=4.5)

    (found,) = diagnose(made_up(sender, Incident("silent", {}, 20)))

    assert (found.kind, found.where, found.since) == ("silent", {}, NOW - 19 * QUARTER)
