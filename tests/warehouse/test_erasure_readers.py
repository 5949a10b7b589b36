"""Readers beside erasures: in each of their snapshots every message stands exactly once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from schemas.topics import MESSAGES, STATUSES
from tests.support.lake import Lake, lake

__all__ = ["lake"]

ROUNDS = 12
# Opens a snapshot, waits until something has been erased since, and counts in the old snapshot;
# with several threads, as each of them reads the catalog by itself.
READER = """
import sys
from pathlib import Path
from warehouse.connection import Location, connect

location = Location.under(Path(sys.argv[1]))
print("ready", flush=True)
for line in sys.stdin:  # one for each look
    with connect(location, read_only=True, threads=4) as connection:
        connection.execute("BEGIN")
        landed = connection.execute(
            "SELECT sum(landed) FROM kafka_offsets WHERE topic = 'whatsapp.messages'"
        ).fetchall()
        print("open", flush=True)
        sys.stdin.readline()
        found = connection.execute("SELECT count(*), count(DISTINCT message_id) FROM messages")
        print(int(landed[0][0] or 0), *found.fetchall()[0], flush=True)
"""


@pytest.mark.slow
def test_no_message_is_missing_or_there_twice(lake: Lake) -> None:
    folder = str(Path(lake.location.data_path).parent)
    with subprocess.Popen(
        [sys.executable, "-c", READER, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdin
        assert reader.stdout
        assert reader.stdout.readline() == "ready\n"

        def say(text: str) -> None:
            assert reader.stdin
            print(text, file=reader.stdin, flush=True)

        seen = []
        for number in range(ROUNDS):
            ids = [f"wamid.{number}.{one}" for one in range(20)]
            lake.land_events(MESSAGES, *({"message_id": id_, "content": "{}"} for id_ in ids))
            say("look")
            assert reader.stdout.readline() == "open\n"
            for one in (3, 7, 11):
                deleted = {"message_id": ids[one], "status": "deleted"}
                lake.land_events(STATUSES, deleted)
            say("count")
            seen.append(tuple(map(int, reader.stdout.readline().split())))
        reader.stdin.close()
    assert seen == [(20 * round_, 20 * round_, 20 * round_) for round_ in range(1, ROUNDS + 1)]
