"""The files of a journal: records one after the other, each with its length and checksum."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from producer.kafka.acknowledgement import Outgoing

OPEN, CLOSED = ".open", ".closed"
FRAME = struct.Struct(">II")  # length of what follows, and its checksum
LENGTHS = struct.Struct(">Hi")  # of the topic's name and of the key; -1: no key


def encode(records: Iterable[Outgoing]) -> bytes:
    """The bytes of these records in a file."""
    parts: list[bytes] = []
    for record in records:
        topic = record.topic.encode()
        key = -1 if record.key is None else len(record.key)
        body = b"".join((LENGTHS.pack(len(topic), key), topic, record.key or b"", record.value))
        parts += FRAME.pack(len(body), zlib.crc32(body)), body
    return b"".join(parts)


def read(path: Path) -> Iterator[Outgoing]:
    """The records of a file, up to the first that is not whole.

    A process that is killed while it writes leaves half a record at the end. It was not answered.
    """
    with path.open("rb") as file:
        while len(frame := file.read(FRAME.size)) == FRAME.size:
            length, checksum = FRAME.unpack(frame)
            body = file.read(length)
            if len(body) < length or zlib.crc32(body) != checksum:
                return
            yield _record(body)


def files(folder: Path) -> list[Path]:
    """All files of the journal, oldest first."""
    found = [path for path in folder.glob("*") if path.suffix in (OPEN, CLOSED)]
    return sorted(found, key=lambda path: path.name)


def _record(body: bytes) -> Outgoing:
    topic, key = LENGTHS.unpack_from(body)
    start = LENGTHS.size + topic
    end = start + max(key, 0)
    return Outgoing(
        body[LENGTHS.size : start].decode(), None if key < 0 else body[start:end], body[end:]
    )
