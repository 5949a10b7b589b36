"""Records and schemas that try to crash, block or inflate a decoder, in a process of its own."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.codec import PREFIX
from schemas.topics import LARGE_RECORD_BYTES, STATUSES, schema_of
from tests.support.batches import zigzag
from tests.support.decoder import packed
from tests.support.examples import times
from tests.support.records import event, framed
from tests.support.registry import Answers, registry_of

ROOT = Path(__file__).parents[2]
SECONDS = 900  # ends only what hangs: machines are busy
MIB = 2048
STATUS = schema_of(STATUSES)
FIRST = ("event_id", "source")


def with_first(kind: object) -> dict[str, Any]:
    return {**STATUS, "fields": [{"name": "first", "type": kind}, *STATUS["fields"]]}


@pytest.fixture
def answers() -> Iterator[Answers]:
    with registry_of(Answers()) as serving:
        yield serving


def outcomes(answers: Answers, *frames: bytes) -> set[str]:
    """The results of decoding the records. Fails if decoding crashes, hangs or uses much memory."""
    return set(each(answers, *frames))


def each(answers: Answers, *frames: bytes) -> list[str]:
    """The same, one for each record: all of them in one process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.decoder", answers.url, str(MIB)],
        input=packed(frames),
        capture_output=True,
        cwd=ROOT,
        timeout=SECONDS,
        check=False,
    )
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0, (done.returncode, len(lines), done.stderr[-2000:])
    assert len(lines) == len(frames)
    return lines


READ = {"record record row"}
BROKEN = {"Undecodable Undecodable undecodable"}
REFUSED = {"RefusedSchema RefusedSchema wrong_schema"}
NOTHING = {"type": "record", "name": "Nothing", "fields": []}


HOSTILE: dict[str, tuple[dict[str, Any], bytes]] = {
    "a record in itself": (
        {**STATUS, "fields": [{"name": "again", "type": ["null", "Status"]}]},
        b"\x02" * 2_000_000,
    ),
    "an array of nulls": (with_first({"type": "array", "items": "null"}), zigzag(2**40)),
    "of empty records": (with_first({"type": "array", "items": NOTHING}), zigzag(2**40)),
    "a fixed size": (with_first({"type": "fixed", "name": "Large", "size": 2**40}), b""),
    "a map of nulls": (with_first({"type": "map", "values": "null"}), zigzag(2**40)),
}


def test_a_hostile_schema_is_refused(answers: Answers) -> None:
    frames = []
    for number, (schema, body) in enumerate(HOSTILE.values(), 1):
        answers.schema(number, schema)
        frames.append(PREFIX.pack(0, number) + body)
    found = dict(zip(HOSTILE, each(answers, *frames), strict=True))
    assert found == dict.fromkeys(HOSTILE, *REFUSED)


LENGTHS = [
    *map(zigzag, (-1, -(2**31), -(2**62), -(2**63))),
    *map(zigzag, (2**31, 2**32, 2**40, 2**62, 2**63 - 1)),
    b"\x80" * 10_000 + b"\x01",  # a number that goes on and on
    b"\xff" * 11 + b"\x01",
    b"\x80" * 1_000_000,  # one that does not end
]


@pytest.mark.parametrize("kind", ["string", "bytes"])
def test_an_invalid_length_makes_poison(answers: Answers, kind: str) -> None:
    fields = STATUS["fields"]
    answers.schema(1, {**STATUS, "fields": [*fields, {"name": "last", "type": kind}]})
    last = framed(STATUSES, event(STATUSES))[PREFIX.size :]
    # The same where the field is one that is read rather than skipped.
    first = [next(field for field in fields if field["name"] == name) for name in FIRST]
    first[1] = {"name": FIRST[1], "type": kind}
    rest = [field for field in fields if field["name"] not in FIRST]
    answers.schema(2, {**STATUS, "fields": [*first, *rest]})
    second = last[: len(zigzag(36)) + 36]
    sound = PREFIX.pack(0, 1) + last + zigzag(1) + b"x"
    skipped, read = (
        [
            PREFIX.pack(0, schema_id) + start + length + end
            for length in LENGTHS
            for end in (b"", b"x" * 40)
        ]
        for schema_id, start in ((1, last), (2, second))
    )
    first_line, *lines = each(answers, sound, *read, *skipped)
    assert {first_line} == READ
    assert set(lines[: len(read)]) == BROKEN
    # A skipped field may be broken without an effect on the other fields.
    assert set(lines[len(read) :]) <= {*BROKEN, "Undecodable record row"}


def test_a_too_large_record_makes_poison(answers: Answers) -> None:
    answers.schema(1, STATUS)
    large = framed(STATUSES, event(STATUSES, extra="x" * LARGE_RECORD_BYTES))
    assert outcomes(answers, PREFIX.pack(0, 1) + large[PREFIX.size :]) == BROKEN


@pytest.mark.hypothesis  # the profile says how many
def test_damaged_records_make_poison(answers: Answers) -> None:
    """Valid records with some bytes changed, the same ones in each run."""
    answers.schema(1, STATUS)
    chance = random.Random(7)
    sound = PREFIX.pack(0, 1) + framed(STATUSES, event(STATUSES))[PREFIX.size :]
    frames = []
    for _ in range(4 * times(1)):
        changed = bytearray(sound)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(PREFIX.size, len(changed))
            changed[place] = chance.choice((0, 1, 2, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        frames.append(bytes(changed))
    assert outcomes(answers, *frames) >= BROKEN
