"""The levels of privacy: what is left of each event, and what still fits together."""

from __future__ import annotations

import json
from typing import Any

import pytest

from producer import places, privacy
from producer.normalise import normalise
from producer.normalise.event import Event, Json
from producer.normalise.send import sends
from producer.privacy import veil_of
from producer.pseudonyms import Pseudonyms
from schemas.codec import Encoder
from schemas.registry import DerivedRegistry
from schemas.topics import (
    ACCOUNT_EVENTS,
    DEAD_LETTERS,
    MESSAGES,
    RAW,
    SENDS,
    STATUSES,
    TOPICS,
    columns_of,
)
from settings.privacy import Privacy
from tests.support import fixtures, needles
from tests.support.payloads import cloud, status
from warehouse import reference

KEYS = {"1": "first-key-" * 4, "2": "second-key-" * 4}
PSEUDONYMOUS = Privacy(level="pseudonymous", key_id="1", keys=KEYS)
MINIMAL = Privacy(level="minimal", key_id="1", keys=KEYS)
LEVELS = pytest.mark.parametrize("level", [PSEUDONYMOUS, MINIMAL], ids=lambda one: one.level)
ENCODERS = {topic: Encoder(topic, DerivedRegistry()) for topic in TOPICS}
ANNA, WAMID = "4917012345678", "wamid.HBgNNDkxNzAxMjM0NTY3OBUCABEYEjQ="

# Columns that are left out at every level.
LEFT_OUT = {
    *("sender_name", "ctwa_clid", "extra", "error_message", "error_details", "error_href"),
    *("message", "details", "href", "payload", "body", "content_type"),
}


def veiled(event: Event, level: Privacy = PSEUDONYMOUS) -> Event:
    veil = veil_of(level)
    assert veil
    return veil(event)


def events(body: bytes) -> list[Event]:
    return normalise(
        body, source="meta", dialect="cloud", business_number="15550001111", received_at=1
    )


def test_full_changes_nothing() -> None:
    assert veil_of(Privacy()) is None
    assert veil_of(Privacy(level="full", key_id="1", keys=KEYS)) is None


def test_each_column_was_thought_about() -> None:
    veil = veil_of(PSEUDONYMOUS)
    special = set(veil.__self__._by_column)  # type: ignore[union-attr]
    named = [privacy.KEPT, privacy.WORDS, privacy.PEOPLE, privacy.MESSAGES, special, LEFT_OUT]
    columns = {name for topic in TOPICS for name in columns_of(topic)}
    assert columns <= set().union(*named)
    assert sum(map(len, named)) == len(set().union(*named))


def test_the_beginnings_of_numbers_are_those_of_the_markets() -> None:
    rows = reference.markets().to_pylist()
    assert {row["calling_code"] for row in rows if row["calling_code"]} == places.CALLING_CODES
    assert {row["iso"] for row in rows if row["iso"]} == places.COUNTRIES
    assert max(map(len, places.CALLING_CODES)) == places.LONGEST


@pytest.mark.parametrize("code", ["1", "1242", "49", "7", "77", "880", "US.", "BR."])
def test_a_pseudonym_begins_as_the_number_does(code: str) -> None:
    number = f"{code}5550001111"
    pseudonym = Pseudonyms("1", KEYS["1"]).person(number)
    assert places.place(pseudonym.upper()) == places.place(number)
    assert "5550001111" not in pseudonym


def test_the_same_number_has_one_pseudonym_however_it_is_written() -> None:
    names = Pseudonyms("1", KEYS["1"])
    assert len({names.person(one) for one in (ANNA, f"+{ANNA}", "+49 170 123-45678")}) == 1
    assert names.person("us.ab") == names.person("US.AB")
    assert names.person(ANNA) != Pseudonyms("1", KEYS["2"]).person(ANNA)
    assert names.person(ANNA) != names.person("4917012345679")
    assert names.person("999123456").startswith("0.")


@LEVELS
def test_what_belongs_together_stays_together(level: Privacy) -> None:
    """A status, and what people did with the message."""

    def message(kind: str, **fields: Any) -> Event:
        record = {
            **dict.fromkeys(columns_of(MESSAGES)),
            "message_id": f"{WAMID}{kind}",
            "type": kind,
            "event_id": kind,
            "sender_id": ANNA,
            "content_hash": 1,
            "content": '{"body":"x"}',
            **fields,
        }
        return veiled(Event(MESSAGES, f"{WAMID}{kind}".encode(), record), level)

    (sent,) = (veiled(one, level) for one in events(cloud(status(WAMID, recipient_id=ANNA))))
    new = sent.record["message_id"]
    assert sent.key == new.encode()
    assert message("reaction", target_message_id=WAMID).record["target_message_id"] == new
    assert message("revoke", target_message_id=WAMID).record["target_message_id"] == new
    reply = message("text", context_message_id=WAMID, context_from=ANNA).record
    assert reply["context_message_id"] == new
    assert reply["sender_id"] == sent.record["recipient_id"] == reply["context_from"]
    assert sent.record["recipient_id"].startswith("49")
    echo = {
        **dict.fromkeys(columns_of(ACCOUNT_EVENTS)),
        "event_id": "e",
        "content_hash": 1,
        "field": "smb_message_echoes",
        "event": "revoke",
        "value": json.dumps({"revoke": {"original_message_id": WAMID}, "to": ANNA}),
    }
    value = veiled(Event(ACCOUNT_EVENTS, None, echo), level).record["value"]
    assert json.loads(value) == {"revoke": {"original_message_id": new}}


def test_minimal_keeps_no_ids_of_people_but_counts_participants() -> None:
    group = {"recipient_id": "group.1", "recipient_type": "group", "message_id": "m"}

    def of(message: str, **fields: Any) -> dict[str, Any]:
        record = dict.fromkeys(columns_of(STATUSES)) | group | {"message_id": message}
        return veiled(Event(STATUSES, message.encode(), record | fields), MINIMAL).record

    one, same, other, elsewhere = (
        of(message, participant_id=name)
        for message, name in (("m", ANNA), ("m", f"+{ANNA}"), ("m", "49171"), ("n", ANNA))
    )
    assert one["participant_id"] == same["participant_id"]
    assert len({row["participant_id"] for row in (one, other, elsewhere)}) == 3
    assert one["recipient_id"] is None
    single = of("m", recipient_type=None, recipient_id=ANNA, recipient_user_id="US.123456789")
    assert (single["recipient_id"], single["recipient_user_id"]) == ("49", "US.")


def sent(level: Privacy, **said: object) -> tuple[Json, bytes | None]:
    """What is kept of one send, and its key."""
    body = json.dumps({"message_id": WAMID, **said}).encode()
    (event,) = sends(body, source="crm", business_number="15550001111", received_at=1)
    left = veiled(event, level)
    encoded = ENCODERS[SENDS](left.record)
    assert not needles.found(encoded, [ANNA, "Greta", WAMID.removeprefix("wamid.")])
    return left.record, left.key


@LEVELS
def test_a_send_fits_the_statuses_of_its_message(level: Privacy) -> None:
    named = {"template": "spring", "language": "de", "campaign": "Spring 20260321"}
    priced = {"category": "marketing", "cost_centre": "1000471100"}
    send, key = sent(level, recipient_id=f"+{ANNA}", name="Greta", **named, **priced)
    (status_,) = (veiled(one, level) for one in events(cloud(status(WAMID, recipient_id=ANNA))))
    for column in ("message_id", "recipient_id"):
        assert send[column] == status_.record[column]
    assert key == status_.key == send["message_id"].encode()
    assert send == send | named | priced
    assert send["extra"] is None


@LEVELS
def test_a_send_to_a_group_fits_too(level: Privacy) -> None:
    for group in ("Y2FwaV9ncm91cDox", "120363041234567890"):
        send, _ = sent(level, recipient_id=group)
        record = dict.fromkeys(columns_of(STATUSES)) | {"message_id": "m", "event_id": "e"}
        record |= {"recipient_type": "group", "recipient_id": group}
        status_ = veiled(Event(STATUSES, b"m", record), level)
        assert send["recipient_id"] == status_.record["recipient_id"]
    user, _ = sent(level, recipient_id="DE.1349120865530274")
    assert user["recipient_id"].startswith("DE.")


def test_the_same_send_again_is_the_same_event_and_a_correction_is_not() -> None:
    first, again, other = (
        sent(PSEUDONYMOUS, recipient_id=ANNA, sent_at=1_790_000_000, campaign=campaign)[0]
        for campaign in ("spring", "spring", "summer")
    )
    assert first == again
    assert first["event_id"] == other["event_id"]
    assert first["content_hash"] != other["content_hash"]


@pytest.mark.parametrize("campaign", [ANNA, f"reminder-{ANNA}", "call +49 170 123-45678", WAMID])
def test_a_campaign_is_no_place_for_a_number(campaign: str) -> None:
    assert "#" in sent(PSEUDONYMOUS, campaign=campaign)[0]["campaign"]


def test_a_dead_letter_of_a_send_keeps_reason_and_size() -> None:
    body = json.dumps([{"to": ANNA, "template": "spring"}]).encode()
    (letter,) = sends(body, source="crm", business_number=None, received_at=1)
    left = veiled(letter).record
    assert (left["reason"], left["payload"]) == ("missing_id", None)
    assert ANNA not in str(left)


@LEVELS
def test_no_event_of_a_payload_says_who_or_what(level: Privacy) -> None:
    searched = 0
    for fixture in fixtures.load():
        personal = needles.of(fixture)
        searched += len(personal)
        for event in fixture.normalise():
            if event.topic is RAW:
                continue
            left = veiled(event, level)
            encoded = ENCODERS[event.topic](left.record)
            found = needles.found(encoded, personal)
            assert not found, (str(fixture), event.topic.name, found)
            again = veiled(event, level)
            assert (again.record, again.key) == (left.record, left.key)
            assert left.topic is event.topic
    assert searched > 500


def test_a_dead_letter_keeps_reason_and_size() -> None:
    (letter,) = events(b'{"from": "4917012345678"')
    assert letter.topic is DEAD_LETTERS
    left = veiled(letter).record
    assert (left["reason"], left["payload"]) == ("malformed_json", None)
    assert left["detail"] == f"{letter.record['detail']} (24 bytes, not kept)"
    assert left["event_id"] != letter.record["event_id"]


@pytest.mark.parametrize(
    ("callback", "kept"),
    [
        ("spring-sale", "spring-sale"),
        ("bluetick:reaction:wamid.HBgN", "bluetick:reaction"),
        (ANNA, None),
        ("https://example.com/?id=wamid.HBgNNDkxNzAxMjM0NTY3OBUCABEYEjQ=", None),
    ],
)
def test_callback_data_stays_only_as_a_name(callback: str, kept: str | None) -> None:
    body = cloud(status(WAMID, biz_opaque_callback_data=callback))
    (left,) = map(veiled, events(body))
    assert left.record["callback_data"] == kept


def test_a_deeply_nested_account_event_is_kept_without_people() -> None:
    inner = '{"wa_id": "16505551234", "a": ' * 490 + "1" + "}" * 490
    value = f'{{"field": "account_update", "value": {inner}}}'
    (event,) = events(f'{{"entry": [{{"id": "1", "changes": [{value}]}}]}}'.encode())
    kept = veiled(event).record["value"]
    assert kept.count('"a":') == 490
    assert "wa_id" not in kept
