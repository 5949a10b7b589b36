"""The simulated traffic has incidents of each kind, which show in the outcomes of messages."""

from __future__ import annotations

from collections import Counter

import pytest

from bluetick.simulator import incidents
from bluetick.simulator.incidents import DAY, EFFECTS, KINDS, SLOT, Incident
from bluetick.simulator.payloads import NUMBERS, Item
from bluetick.simulator.traffic import HOUR, Update, history

# A Monday, 00:00 UTC.
START = 1_795_392_000


@pytest.fixture(scope="module")
def day() -> list[Update]:
    return [
        update for number in NUMBERS for update in history(number, START, 30, weekly=20_000, seed=1)
    ]


def of_day(start: int) -> list[Incident]:
    return [incidents.of_slot(start // SLOT + slot) for slot in range(DAY // SLOT)]


def statuses(day: list[Update], incident: Incident, state: str) -> list[Item]:
    return [
        status
        for update in day
        if update.number is incident.number
        for status in update.value.get("statuses", ())
        if status["status"] == state and incident.start <= int(status["timestamp"]) < incident.end
    ]


def test_each_day_has_each_kind_and_not_at_the_same_hours() -> None:
    for start in range(START, START + 8 * DAY, DAY):
        assert {incident.kind for incident in of_day(start)} == set(KINDS)
    first, second = of_day(START), of_day(START + DAY)
    assert all(one.kind != other.kind for one, other in zip(first, second, strict=True))


def test_an_incident_is_over_in_its_quarter_and_only_of_its_number() -> None:
    for slot in range(START // SLOT, START // SLOT + 200):
        incident = incidents.of_slot(slot)
        assert slot * SLOT < incident.start < incident.end < (slot + 1) * SLOT
        others = [number for number in NUMBERS if number is not incident.number]
        assert incidents.active(incident.number, incident.start) == incident
        assert incidents.active(incident.number, incident.end) is None
        assert not any(incidents.active(number, incident.start) for number in others)


@pytest.mark.parametrize("kind", KINDS)
def test_an_incident_makes_its_code_frequent(day: list[Update], kind: str) -> None:
    (incident,) = (one for one in of_day(START) if one.kind == kind)
    code = EFFECTS[incident.kind][2][0]

    during = Counter(one["errors"][0]["code"] for one in statuses(day, incident, "failed"))

    hours = (incident.end - incident.start) / HOUR
    failed = [
        status["errors"][0]["code"]
        for update in day
        for status in update.value.get("statuses", ())
        if status["status"] == "failed"
    ]
    assert during[code] / hours > 5 * (failed.count(code) - during[code]) / 24


def test_in_an_outage_messages_arrive_only_after_it(day: list[Update]) -> None:
    (outage,) = (one for one in of_day(START) if one.kind == "outage")

    sent = {one["id"] for one in statuses(day, outage, "sent")}
    arrived = {one["id"] for one in statuses(day, outage, "delivered")} & sent

    assert sent
    assert not arrived


def test_the_platform_says_what_happened(day: list[Update]) -> None:
    said = Counter(
        (update.field, update.value.get("event") or update.value.get("new_quality_score"))
        for update in day
        if update.at < START + DAY
    )
    assert said["message_template_status_update", "PAUSED"] == 1
    assert said["message_template_status_update", "REINSTATED"] == 1
    assert said["phone_number_quality_update", "FLAGGED"] == 1
    assert said["message_template_quality_update", "RED"] == 1
    paused = next(update for update in day if update.value.get("event") == "PAUSED")
    campaigns = {
        status.get("biz_opaque_callback_data")
        for update in day
        for status in update.value.get("statuses", ())
    }
    assert paused.value["message_template_name"] in campaigns
