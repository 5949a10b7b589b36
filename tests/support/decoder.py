"""Decodes framed statuses in its own process, which may crash, hang or use too much memory.

`python -m tests.support.decoder URL MIB < FRAMES` prints, for each frame, the result of each way of
decoding. It may use MIB more address space than at its start. The length of each frame comes before
it, in four bytes.
"""

from __future__ import annotations

import resource
import struct
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from consumer.decode import decode as decode_batch
from schemas.codec import Undecodable, decode
from schemas.registry import Registry, open_registry
from schemas.registry_errors import UnknownSchema
from schemas.topics import STATUSES
from settings.without_pandas import leave_out_pandas
from tests.support.records import records

LENGTH = struct.Struct(">I")


def packed(frames: Sequence[bytes]) -> bytes:
    """The frames in the form that this program reads."""
    return b"".join(LENGTH.pack(len(frame)) + frame for frame in frames)


def main(url: str, mib: int) -> None:
    leave_out_pandas()
    given = sys.stdin.buffer.read()
    held = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + mib * 2**20, held + mib * 2**20))
    registry = open_registry(url)
    while given:
        end = LENGTH.size + LENGTH.unpack_from(given)[0]
        print(*_outcomes(given[LENGTH.size : end], registry), flush=True)
        given = given[end:]


def _outcomes(frame: bytes, registry: Registry) -> Iterator[str]:
    for reader in (None, STATUSES):
        try:
            decode(frame, registry, reader)
            yield "record"
        except (Undecodable, UnknownSchema) as error:
            yield type(error).__name__
    decoded = decode_batch(STATUSES, records(STATUSES, [frame]), registry)
    yield from (poison.reason for poison in decoded.poison)
    yield from ["row"] * decoded.rows.height


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
