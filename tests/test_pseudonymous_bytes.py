"""At the level `pseudonymous`, no byte that is kept says who somebody is or what they wrote."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb
import pytest

from schemas.topics import RAW, SENDS, STATUSES
from settings.privacy import Privacy
from settings.sources import Config, Source
from tests.support import needles
from tests.support.broker import Tail, fresh_broker
from tests.support.land import consumers
from tests.support.landed import await_all_landed
from tests.support.receiver import receiver_process
from tests.test_every_payload import FIXTURES, proof, source_of
from warehouse.rocksdb_store import open_store

PRIVACY = Privacy(level="pseudonymous", key_id="1", keys={"1": "a-key-of-a-test-" * 2})
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
# What no place may have.
PERSONAL = {
    needle for fixture in FIXTURES for needle in needles.of(fixture) if needle not in BUSINESS
} | {"4917655512345", "Greta Needle"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Everything that is kept after every fixture was posted, by its place."""
    folder = tmp_path_factory.mktemp("pseudonymous")
    sources = {source.name: source for source in map(source_of, FIXTURES)}
    sources["crm"] = Source(name="crm", auth="none")
    config = Config(sources=sources, privacy=PRIVACY)
    with fresh_broker() as broker, consumers(broker.bootstrap, folder) as group:
        tail = Tail(broker.bootstrap)
        child = group.start()
        with receiver_process(broker.bootstrap, config=config) as running:
            for fixture in FIXTURES:
                source = source_of(fixture)
                query, headers = proof(source, fixture)
                answer = running.client.post(
                    f"/webhooks/{source.name}{query}", content=fixture.body, headers=headers
                )
                assert answer.status_code == 200, fixture
            answer = running.client.post("/sends/crm", json=SENT)
            assert answer.json() == {"accepted": len(SENT) - 1, "dead_letters": 1}
            found = {"metrics": running.admin.get("/metrics").content}
            running.terminate()
            running.process.wait()
            found["log"] = running.log().encode()
        await_all_landed(broker.bootstrap, folder / "data")
        assert child.stop() == 0
        records = Counter[str]()
        for message in tail.messages():
            topic = str(message.topic())
            records[topic] += 1
            found[topic] = found.get(topic, b"") + (message.key() or b"") + (message.value() or b"")
        assert records[RAW.name] == 0
        assert records[SENDS.name] == len(SENT) - 1
        normalised = sum(len(fixture.normalise()) for fixture in FIXTURES)
        assert sum(records.values()) == normalised + len(SENT)
    return found | files(folder)


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


def test_no_place_has_a_personal_value(kept: dict[str, bytes]) -> None:
    assert len(PERSONAL) > 600
    assert len(kept["store"]) > 10_000
    places = " ".join(kept)
    for place in (
        "log",
        "consumer-0.log",
        "warehouse.sqlite",
        "rows of data/files/main/statuses",
        "main/sends",
    ):
        assert place in places
    found = {place: needles.found(data, PERSONAL) for place, data in kept.items()}
    assert "\n".join(f"{some} in {place}" for place, some in found.items() if some) == ""


def test_the_metrics_name_the_level(kept: dict[str, bytes]) -> None:
    assert b'bluetick_privacy_level{level="pseudonymous"} 1.0' in kept["metrics"]
