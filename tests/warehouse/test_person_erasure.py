"""An erased person is in no file any more, is counted as before, and does not come back."""

from __future__ import annotations

import itertools
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from schemas.topics import MESSAGES, SENDS, STATUSES
from tests.support.lake import Lake
from tests.support.person import (
    EVENTS,
    LATE,
    OTHER,
    PERSON_NAME,
    PHONE,
    SECRETS,
    USER_ID,
    WAMID,
    Events,
    numbered,
)
from tests.support.records import NOW_US
from warehouse import person_erasure, rollups
from warehouse.person_erasure import erase_people
from warehouse.privacy_key import NAME, KeyMissing
from warehouse.recent_statuses import RecentStatuses
from warehouse.subjects import NotAnId, Subjects


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a store, in which all EVENTS have landed, each in a file of its own."""
    folder = tmp_path_factory.mktemp("filled")
    lake = Lake(folder)
    with lake.connection:
        lake.recent = RecentStatuses(folder / "states" / "0")
        for topic, event in EVENTS:
            lake.land_events(topic, event)
        lake.recent.close()
    return folder


@pytest.fixture(scope="module")
def erased(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of that folder, in which the person was erased."""
    folder = tmp_path_factory.mktemp("erased")
    with opened(filled, folder) as lake:
        erase(lake)
    return folder


@contextmanager
def opened(source: Path, folder: Path) -> Iterator[Lake]:
    """A copy of a warehouse with its store."""
    shutil.copytree(source, folder, dirs_exist_ok=True)
    lake = Lake(folder)
    with lake.connection:
        lake.recent = RecentStatuses(folder / "states" / "0")
        yield lake
        if lake.recent:
            lake.recent.close()


@pytest.fixture
def lake(filled: Path, tmp_path: Path) -> Iterator[Lake]:
    """All EVENTS, and nobody is erased yet."""
    with opened(filled, tmp_path) as lake:
        yield lake


@pytest.fixture
def after(erased: Path, tmp_path: Path) -> Iterator[Lake]:
    """All EVENTS, and the person is erased."""
    with opened(erased, tmp_path) as lake:
        yield lake


def land(lake: Lake, events: Events) -> None:
    """Lands the events, those of one topic together."""
    for topic, some in itertools.groupby(events, key=lambda event: event[0]):
        lake.land_events(topic, *(event for _, event in some))


def erase(lake: Lake) -> None:
    list(erase_people(lake.connection, Subjects([f"+{PHONE}"])))


def clean(lake: Lake) -> None:
    """What the consumer does after an erasure: fills its store anew, and maintenance."""
    assert lake.recent
    if lake.recent.look(lake.connection):
        lake.recent.fill(lake.connection)
    for _ in range(2):
        lake.maintain(keep=0)


def closed(lake: Lake) -> None:
    """Closes the store, so that all of it is in files."""
    assert lake.recent
    lake.recent.close()
    lake.recent = None


def places(folder: Path) -> dict[str, set[str]]:
    """The files below the folder that hold something of the person, plain or in base64."""
    found: dict[str, set[str]] = {}
    for file in folder.rglob("*"):
        if file.is_file():
            for text in SECRETS:
                if text.encode() in file.read_bytes():
                    found.setdefault(file.relative_to(folder).as_posix(), set()).add(text)
    return found


def counted(lake: Lake) -> list[tuple[object, ...]]:
    """What is counted: each message with its outcome and market, and the sums."""
    messages = lake.rows(
        "SELECT outcome, market, category, campaign, error_code, pricing_type, count(*) "
        "FROM outcomes GROUP BY ALL ORDER BY ALL"
    )
    sums = lake.rows(
        "SELECT * EXCLUDE messages REPLACE (time_bucket(INTERVAL 15 MINUTES, time) AS time), "
        "sum(messages) FROM rollups GROUP BY ALL "
        "HAVING sum(messages) <> 0 ORDER BY ALL"
    )
    assert lake.rows(rollups.corrections()) == []
    return [*messages, *sums]


def test_no_byte_is_left_and_every_message_is_counted_as_before(lake: Lake, tmp_path: Path) -> None:
    assert set.union(*places(tmp_path).values()) >= {PHONE, USER_ID, PERSON_NAME, WAMID}
    before = counted(lake)
    erase(lake)
    assert counted(lake) == before
    clean(lake)
    closed(lake)
    assert places(tmp_path) == {}
    assert counted(lake) == before
    kept = "SELECT recipient_id FROM statuses WHERE message_id = 'wamid.OTHER12'"
    assert lake.rows(kept) == [(OTHER,)]
    assert lake.rows("SELECT count(payload) FROM dead_letters") == [(1,)]
    assert lake.rows("SELECT recipient_id, campaign, extra FROM sends ORDER BY ALL") == [
        (OTHER, None, '{"order":1}'),
        ("49", "winter", None),
        (None, None, None),
        (None, None, None),
    ]
    assert lake.rows("SELECT sender_name FROM messages ORDER BY 1 NULLS LAST") == [
        ("Somebody",),
        (None,),
    ]


@pytest.mark.parametrize("cleaned", [False, True])
def test_a_replay_and_late_statuses_bring_nobody_back(
    after: Lake, tmp_path: Path, cleaned: bool
) -> None:
    land_plain = [event for event in LATE if event[0] is STATUSES]
    before = counted(after)
    if cleaned:
        clean(after)
    land(after, EVENTS)
    assert counted(after) == before  # repetitions
    # What came too long ago to be recognised lands again, without the person.
    land(after, [(topic, {**event, "content_hash": 2}) for topic, event in EVENTS])
    land(after, land_plain)
    assert len(counted(after)) >= len(before)
    clean(after)
    closed(after)
    assert places(tmp_path) == {}
    ((messages,),) = after.rows("SELECT count(DISTINCT message_id) FROM statuses")
    assert messages == 4
    assert after.rows("SELECT outcome FROM outcomes WHERE campaign = 'winter/2026'") == [("read",)]


def test_late_statuses_count_as_without_the_erasure(tmp_path: Path) -> None:
    results = []
    for erased in (False, True):
        lake = Lake(tmp_path / str(erased))
        with lake.connection:
            land(lake, EVENTS)
            if erased:
                erase(lake)
            land(lake, LATE)
            results.append(counted(lake))
    assert results[0] == results[1]


def test_events_that_land_between_the_steps_are_erased_and_counted(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person_erasure, "ROUND_BYTES", 1)  # a step for each file
    steps = 0
    for steps, _ in enumerate(erase_people(lake.other(), Subjects([PHONE])), 1):
        land(
            lake, numbered([event for _, event in zip(range(2), LATE, strict=False)], steps * 1000)
        )
        lake.rows("SELECT count(*) FROM statuses")
    assert steps > 12
    clean(lake)
    closed(lake)
    assert places(tmp_path) == {}
    assert counted(lake)


CHILD = """
import sys
from pathlib import Path
from warehouse import person_erasure
from warehouse.connection import Location, connect
person_erasure.ROUND_BYTES = 1
with connect(Location.under(Path(sys.argv[1]))) as connection:
    for step in person_erasure.erase_people(connection, person_erasure.Subjects([sys.argv[2]])):
        print(step.step, flush=True)
        if sys.stdin.readline() == "":
            break
"""


@pytest.mark.parametrize("steps", [1, 5, 11])
def test_an_erasure_that_was_killed_is_finished_by_the_same_request(
    lake: Lake, tmp_path: Path, steps: int
) -> None:
    before = counted(lake)
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path), PHONE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdin
        assert child.stdout
        for _ in range(steps):
            assert child.stdout.readline()
            child.stdin.write("\n")
            child.stdin.flush()
        child.kill()
    land(lake, EVENTS)
    assert lake.rows("SELECT count(*) FROM privacy_requests WHERE finished_at IS NULL") == [(1,)]
    erase(lake)
    assert lake.rows("SELECT count(*) FROM privacy_requests WHERE finished_at IS NULL") == [(0,)]
    assert counted(lake) == before
    clean(lake)
    closed(lake)
    assert places(tmp_path) == {}


def test_sends_keep_the_id_of_their_message(lake: Lake) -> None:
    joined = "SELECT count(*) FROM sends SEMI JOIN statuses USING (message_id)"
    assert lake.rows(joined) == [(3,)]
    erase(lake)
    assert lake.rows(joined) == [(3,)]


@pytest.mark.parametrize("together", [True, False])
def test_a_send_alone_says_whose_a_message_is(after: Lake, together: bool) -> None:
    """Also if no status of the message names anybody."""
    send = {"message_id": f"{WAMID}9", "recipient_id": PHONE, "extra": '{"a":1}', "template": "t"}
    events: Events = [(SENDS, send), (STATUSES, {"message_id": f"{WAMID}9", "status": "new"})]
    if together:
        after.land_topics({topic: [fields] for topic, fields in reversed(events)})
    else:
        land(after, events)
    ((message_id, *rest),) = after.rows(
        "SELECT message_id, recipient_id, extra FROM sends WHERE template = 't'"
    )
    assert str(message_id).startswith("erased.")
    assert rest == ["49", None]
    assert after.rows("SELECT message_id FROM statuses WHERE status = 'new'") == [(message_id,)]


def test_what_a_person_sends_later_lands(after: Lake) -> None:
    later = 4_000_000_000_000_000
    new = {"sender_id": PHONE, "sender_name": PERSON_NAME, "message_id": f"{WAMID}9"}
    after.land_events(MESSAGES, {**new, "occurred_at": later, "received_at": NOW_US})
    named = after.rows("SELECT message_id FROM messages WHERE sender_name = ?", PERSON_NAME)
    assert named == [(f"{WAMID}9",)]


def test_one_message_is_erased_by_its_id(lake: Lake) -> None:
    list(erase_people(lake.connection, Subjects((), [f"{WAMID}3"])))
    assert lake.rows("SELECT count(*) FROM messages WHERE sender_id = ?", PHONE) == [(0,)]
    assert lake.rows("SELECT count(*) FROM statuses WHERE recipient_id = ?", PHONE) == [(2,)]


def test_without_its_key_nothing_lands(after: Lake, tmp_path: Path) -> None:
    key = tmp_path / NAME
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    kept = key.read_text()
    for text in ("", kept[:-1]):
        key.write_text(text)
        with pytest.raises(KeyMissing):
            after.land_events(STATUSES, {"recipient_id": OTHER})
    key.write_text(kept)
    after.land_events(STATUSES, {"recipient_id": OTHER})


@pytest.mark.parametrize("text", ["", "49", "+49", "DE.", "erased"])
def test_what_is_no_whole_id_is_refused(text: str) -> None:
    with pytest.raises(NotAnId):
        Subjects([text])
