"""While everything runs: the consumer's store forgets a person, and Kafka brings nobody back."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.support.command import environment, run
from tests.support.stack import PATIENCE, Running, started
from tests.support.waiting import wait_for
from warehouse.connection import Location, connect

PHONE = "491701112223"


def status(message: str, recipient: str) -> dict[str, object]:
    one = {"id": message, "status": "sent", "timestamp": "1785000000", "recipient_id": recipient}
    return {"statuses": [one]}


def rows(running: Running, sql: str, *parameters: object) -> list[tuple[object, ...]]:
    with connect(Location.under(running.data_dir), read_only=True, threads=1) as connection:
        return connection.execute(sql, list(parameters)).fetchall()


def holding(folder: Path) -> list[str]:
    """The files that hold the number; those that are replaced meanwhile are left out."""
    found = []
    for file in folder.rglob("*"):
        try:
            if file.is_file() and PHONE.encode() in file.read_bytes():
                found.append(file.relative_to(folder).as_posix())
        except FileNotFoundError:
            continue
    return found


def test_a_replay_from_the_start_of_kafka_brings_nobody_back(tmp_path: Path) -> None:
    with started(tmp_path, "up") as running:
        running.printed("Bluetick is running")

        def post(message: str, recipient: str) -> None:
            answer = httpx.post(
                running.webhooks, json=status(message, recipient), trust_env=False, verify=False
            )
            assert answer.status_code == 200
            landed = f"FROM statuses WHERE message_id = '{message}'"
            if recipient != PHONE:
                wait_for(lambda: rows(running, landed))

        post("wamid.ERASED123", PHONE)
        post("wamid.FIRST1234", "15551234567")
        wait_for(lambda: rows(running, f"FROM statuses WHERE recipient_id = '{PHONE}'"))
        assert holding(running.data_dir)

        place = ("--data-dir", str(running.data_dir))
        for _ in range(3):
            # The consumer writes too, and its first maintenance is near: the command may be
            # refused then, and says to run it again.
            done = run("privacy", "erase", "--person", f"+{PHONE}", "--now", *place)
            if done.returncode == 0:
                break
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("erased: 1 people, 1 messages\n")
        wait_for(lambda: holding(running.data_dir) == [], PATIENCE)

        port = ("--broker-port", str(running.broker_port))
        done = run("replay", "raw", "--guess", *place, *port, env=environment())
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("raw bodies read 2, events published 2")
        post("wamid.ERASED123", PHONE)
        post("wamid.LAST12345", "15551234567")
        read = "SELECT sum(next_offset - first_offset) FROM kafka_offsets WHERE topic = ?"
        wait_for(lambda: rows(running, read, "whatsapp.statuses") == [(6,)])
        assert rows(running, "SELECT sum(messages) FROM outcome_counts") == [(3,)]
        assert rows(running, "SELECT count(*) FROM statuses") == [(3,)]
        assert holding(running.data_dir / "files") == []
        assert holding(running.data_dir / "states") == []
