"""The simulated traffic is repeatable and similar to a provider's traffic."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from random import Random

import orjson
import pytest

from bluetick.simulator.incidents import DAY, HOUR
from bluetick.simulator.payloads import NUMBERS
from bluetick.simulator.traffic import Update, batches, body, happening, history, rhythm
from producer.normalise import normalise
from producer.normalise.event import Event

# A Monday, 00:00 UTC.
START = 1_795_392_000
# Ranges of numbers that are reserved for fiction or never assigned.
FICTION = re.compile(
    r"1(646|305|212)55501\d\d|447700900\d{3}|442079460\d{3}|4917139200\d\d|3363998\d{4}"
    r"|5500\d{9}|52000\d{7}|910000\d{6}"
)


@pytest.fixture(scope="module")
def week() -> list[Update]:
    return [
        update
        for number in NUMBERS
        for update in history(number, START, 7 * 24, weekly=3000, seed=7)
    ]


@pytest.fixture(scope="module")
def events(week: list[Update]) -> list[Event]:
    bodies = [body(batch) for batch in batches(week, 300)]
    return [event for one in bodies for event in read(one)]


def read(content: bytes) -> list[Event]:
    return normalise(
        content, source="demo", dialect="cloud", business_number=None, received_at=START * 10**6
    )


def of(events: list[Event], topic: str) -> list[dict[str, object]]:
    return [event.record for event in events if event.topic.stem == topic]


def test_the_traffic_of_an_hour_is_the_same_in_every_run(week: list[Update]) -> None:
    shop = NUMBERS[0]
    again = list(history(shop, START + 5 * HOUR + 1234, 3, weekly=3000, seed=7))
    assert again
    known = [one.value for one in week if one.number is shop]
    assert all(one.value in known for one in again)
    other = list(history(shop, START + 5 * HOUR, 3, weekly=3000, seed=8))
    assert not any(one.value in known for one in other)


def test_every_update_becomes_an_event_and_only_broken_ones_are_dead_letters(
    week: list[Update], events: list[Event]
) -> None:
    expected = sum(
        len(update.value.get("statuses", ()))
        + len(update.value.get("messages", ()))
        + len(update.value.get("errors", ()))
        + (update.field != "messages")
        for update in week
    )
    assert len(events) == expected
    nameless = sum("id" not in item for update in week for item in update.value.get("statuses", ()))
    assert len(of(events, "dead-letters")) == nameless


def test_no_two_events_contradict_each_other(events: list[Event]) -> None:
    known = Counter(event.record["event_id"] for event in events)
    assert set(known.values()) == {1}


def test_a_week_has_everything_that_the_dashboard_shows(events: list[Event]) -> None:
    statuses = of(events, "statuses")
    assert {one["status"] for one in statuses} == {"sent", "delivered", "read", "failed"}
    assert {one["category"] for one in statuses} >= {
        *("marketing", "utility", "authentication", "service", "referral_conversion")
    }
    assert {one["pricing_type"] for one in statuses} == {
        *(None, "regular", "free_customer_service", "free_entry_point")
    }
    assert {131026, 131047, 131049, 130472, 131053} <= {one["error_code"] for one in statuses}
    assert any(one["conversation_id"] for one in statuses)
    messages = of(events, "messages")
    assert {one["type"] for one in messages} >= {"text", "image", "button", "interactive"}
    assert any(one["referral_source_type"] == "ad" for one in messages)
    assert of(events, "account-events")
    assert of(events, "errors")


def test_the_price_comes_with_sent_and_with_one_of_delivered_and_read(events: list[Event]) -> None:
    priced: dict[object, list[object]] = {}
    for one in of(events, "statuses"):
        if one["status"] != "failed":
            priced.setdefault(one["message_id"], [])
            if one["pricing_model"]:
                priced[one["message_id"]].append(one["status"])
    # A message that failed and was delivered later had no `sent`.
    usual = (["sent"], ["sent", "delivered"], ["sent", "read"], ["delivered"])
    found = {tuple(sorted(map(str, states), reverse=True)) for states in priced.values()}
    assert found == {tuple(states) for states in usual}


def test_conversations_depend_on_the_webhook_version(events: list[Event]) -> None:
    newer = [
        one
        for one in of(events, "statuses")
        if one["display_phone_number"] == NUMBERS[0].display_phone_number and one["conversation_id"]
    ]
    assert {one["origin"] for one in newer} == {"referral_conversion"}


def test_some_statuses_overtake_others(week: list[Update]) -> None:
    seen: dict[str, int] = {}
    overtaken = 0
    for update in sorted(week, key=lambda update: update.at):
        for item in update.value.get("statuses", ()):
            at = int(item["timestamp"])
            overtaken += at < seen.get(item.get("id", ""), 0)
            seen[item.get("id", "")] = at
    assert overtaken > 10


def test_all_phone_numbers_are_reserved_for_fiction(events: list[Event]) -> None:
    for event in events:
        for column in ("recipient_id", "sender_id", "display_phone_number", "context_from"):
            value = event.record.get(column)
            assert value is None or FICTION.fullmatch(value), column


def test_no_marketing_goes_to_the_united_states(events: list[Event]) -> None:
    marketing = [one for one in of(events, "statuses") if one["category"] == "marketing"]
    assert marketing
    assert not any(str(one["recipient_id"]).startswith("1") for one in marketing)


def test_the_traffic_changes_with_the_hour() -> None:
    hours = [rhythm(hour + 0.5) for hour in range(24)]
    assert sum(hours) / 24 == pytest.approx(1, abs=0.02)
    assert max(hours) > 10 * min(hours)


def test_live_traffic_has_shorter_delays() -> None:
    rng = Random(3)
    updates = [one for _ in range(200) for one in happening(rng, NUMBERS[0], START, pace=0.01)]
    assert max(one.at for one in updates) < START + 30 * 60
    slow = [one for _ in range(200) for one in happening(rng, NUMBERS[0], START)]
    assert max(one.at for one in slow) > START + HOUR


def test_batches_are_in_order_and_of_one_number(week: list[Update]) -> None:
    size = 50
    made = list(batches(week, size))
    assert sum(map(len, made)) == len(week)
    for batch in made:
        assert len(batch) <= size
        assert len({update.number.name for update in batch}) == 1
        assert all(one.at <= other.at for one, other in itertools.pairwise(batch))


def test_a_body_is_an_envelope_of_the_cloud_api() -> None:
    updates = list(history(NUMBERS[1], START, 24, weekly=3000, seed=1))
    envelope = orjson.loads(body(updates))
    assert envelope["object"] == "whatsapp_business_account"
    assert {entry["id"] for entry in envelope["entry"]} == {NUMBERS[1].waba_id}
    fields = {change["field"] for entry in envelope["entry"] for change in entry["changes"]}
    assert "messages" in fields
    assert START % DAY == 0
