"""At `pseudonymous` and `minimal`, no byte that is kept says who somebody is or what they wrote.

Both levels have receivers on one broker, and one consumer lands what they publish.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import duckdb
import httpx
import pytest

from producer.pseudonyms import Pseudonyms
from schemas.codec import decode
from schemas.topics import BY_NAME, MESSAGES, RAW, SENDS, STATUSES
from settings.privacy import Privacy
from settings.sources import Config, Source
from tests.support import needles
from tests.support.broker import Tail, fresh_broker
from tests.support.land import consumers
from tests.support.landed import await_all_landed
from tests.support.ports import free_port
from tests.support.receiver import ReceiverProcess, receiver_process
from tests.support.records import REGISTRY
from tests.test_every_payload import FIXTURES, proof, source_of
from warehouse.rocksdb_store import open_store

# With different keys, so that what is published at both levels does not have the same ids.
KEYS = {"1": "a-key-of-a-test-" * 2, "2": "another-test-key" * 2}
LEVELS = {
    "pseudonymous": Privacy(level="pseudonymous", key_id="1", keys=KEYS),
    "minimal": Privacy(level="minimal", key_id="2", keys=KEYS),
}
# Some numbers are the business in one payload and write to another one elsewhere.
BUSINESS = " ".join(name for fixture in FIXTURES for name in needles.business(fixture))
# An account of AWS, the name of a template, and words that the catalogue of errors has too.
BUSINESS += " 123456789012 parcel_update available Confirm"
STATUSES_OF = [
    event.record for fixture in FIXTURES for event in fixture.normalise() if event.topic is STATUSES
]
# What the sender says about the messages of all statuses; one of it cannot be read.
SENT = [
    {
        "message_id": row["message_id"],
        "to": row["recipient_id"],
        "recipient_id": row["recipient_id"],
    }
    for row in STATUSES_OF
] + [{"recipient_id": "4917655512345", "name": "Greta Needle"}]
SENT[0]["name"] = "Greta Needle"

Place = tuple[str, str]


@cache  # not at the import, which each worker does
def personal() -> frozenset[str]:
    """What no place may have."""
    found = {needle for fixture in FIXTURES for needle in needles.of(fixture)}
    return frozenset(
        {needle for needle in found if needle not in BUSINESS} | {"4917655512345", "Greta Needle"}
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> dict[Place, bytes]:
    """Everything that is kept after every fixture was posted at each level.

    By level and place; what both levels share, such as the warehouse, has the level `both`.
    """
    folder = tmp_path_factory.mktemp("private")
    sources = {source.name: source for source in map(source_of, FIXTURES)}
    sources["crm"] = Source(name="crm", auth="none")
    found: dict[Place, bytes] = {}
    with fresh_broker() as broker, consumers(broker.bootstrap, folder) as group:
        tail = Tail(broker.bootstrap)
        port = free_port()
        child = group.start("--metrics-port", str(port))
        for level, privacy in LEVELS.items():
            config = Config(sources=sources, privacy=privacy)
            with receiver_process(broker.bootstrap, config=config) as running:
                post_everything(running)
                found[level, "metrics"] = running.admin.get("/metrics").content
                running.terminate()
                running.process.wait()
                found[level, "log"] = running.log().encode()
            found |= published(level, tail)
        await_all_landed(broker.bootstrap, folder / "data")
        metrics = httpx.get(
            f"http://127.0.0.1:{port}/metrics", trust_env=False, verify=False, timeout=120
        )
        found["both", "metrics of the consumer"] = metrics.content
        assert child.stop() == 0
    return found | {("both", place): data for place, data in files(folder).items()}


def post_everything(running: ReceiverProcess) -> None:
    for fixture in FIXTURES:
        source = source_of(fixture)
        query, headers = proof(source, fixture.body, fixture.media_type)
        answer = running.client.post(
            f"/webhooks/{source.name}{query}", content=fixture.body, headers=headers
        )
        assert answer.status_code == 200, fixture
    answer = running.client.post("/sends/crm", json=SENT)
    assert answer.json() == {"accepted": len(SENT) - 1, "dead_letters": 1}


def published(level: str, tail: Tail) -> dict[Place, bytes]:
    """The keys, values and headers of all new records by topic. None of them is left out."""
    records = Counter[str]()
    found: dict[Place, bytes] = {}
    for message in tail.messages():
        topic = str(message.topic())
        records[topic] += 1
        headers = b"".join(value for _, value in message.headers() or [] if value)
        everything = (message.key() or b"") + (message.value() or b"") + headers
        found[level, topic] = found.get((level, topic), b"") + everything
        if level == "minimal" and topic in (STATUSES.name, MESSAGES.name):
            record = decode(message.value(), REGISTRY, BY_NAME[topic])
            for name in ("recipient_id", "sender_id", "context_from", "content", "group_id"):
                # At most the country's calling code, or the first letters of a user id.
                assert len(record.get(name) or "") <= 4, name
    assert records[RAW.name] == 0
    assert records[SENDS.name] == len(SENT) - 1
    normalised = sum(len(fixture.normalise()) for fixture in FIXTURES)
    assert sum(records.values()) == normalised + len(SENT)
    return found


def files(folder: Path) -> dict[str, bytes]:
    """Every file below the folder, and what compressed ones hold."""
    found = {}
    for file in folder.rglob("*"):
        if file.is_file():
            found[str(file.relative_to(folder))] = file.read_bytes()
    with duckdb.connect() as connection:
        for file in folder.rglob("*.parquet"):
            rows = connection.execute(f"FROM read_parquet('{file}')").fetchall()
            found[f"rows of {file.relative_to(folder)}"] = repr(rows).encode()
    store = open_store(folder / "data" / "states" / "0")
    found["store"] = b"\0".join(key + b"\0" + value for key, value in store.items())
    store.close()
    return found


def test_no_place_has_a_personal_value(kept: dict[Place, bytes]) -> None:
    assert len(personal()) > 600
    assert len(kept["both", "store"]) > 10_000
    places = " ".join(f"{level}:{place}" for level, place in kept)
    for place in (
        *("pseudonymous:log", "minimal:log", "minimal:whatsapp.dead-letters", "consumer-0.log"),
        *(
            "warehouse.sqlite",
            "rows of data/files/main/statuses",
            "main/sends",
            "both:metrics of the consumer",
        ),
    ):
        assert place in places
    found = {place: needles.found(data, personal()) for place, data in kept.items()}
    assert "\n".join(f"{some} in {place}" for place, some in found.items() if some) == ""


def test_no_place_has_a_hash_of_a_person_at_the_level_minimal(kept: dict[Place, bytes]) -> None:
    """In contrast to `pseudonymous`, where people can be followed from row to row."""
    everywhere = {one for data in kept.values() for one in re.findall(rb"[0-9a-f]{32}", data)}

    def hashes(key_id: str) -> set[bytes]:
        names = Pseudonyms(key_id, KEYS[key_id])
        people = [names.person(name) for name in personal()]
        groups = [names.other("group", name) for name in personal()]
        return {name.rpartition(".")[2].encode() for name in (*people, *groups)}

    assert len(hashes("1") & everywhere) > 30
    assert hashes("2") & everywhere == set()


@pytest.mark.parametrize("level", LEVELS)
def test_the_metrics_name_the_level(kept: dict[Place, bytes], level: str) -> None:
    assert f'bluetick_privacy_level{{level="{level}"}} 1.0'.encode() in kept[level, "metrics"]
