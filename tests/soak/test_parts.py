"""The parts of a run that work alone: providers, repeated commands, samples of a process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil

from tests.soak import sampler
from tests.soak.load import Traffic
from tests.soak.readers import REFRESHED, serious, watched
from tests.soak.repeated_commands import RepeatedCommand

START = 1_790_000_000.0


def test_traffic_has_its_full_rate_from_the_first_minute() -> None:
    traffic = Traffic(50, seed=4)
    minutes = [
        sum(len(traffic.until(START + minute * 60 + second)) for second in range(60))
        for minute in range(10)
    ]

    assert all(0.75 * 3000 < count < 1.25 * 3000 for count in minutes)


def test_delayed_posts_are_not_posted_faster_later() -> None:
    traffic = Traffic(50, seed=4)
    traffic.until(START)
    traffic.skip(START + 600)

    # What was on its way then has come, and no more.
    assert len(traffic.until(START + 600)) < 0.2 * 600 * 50


def test_deletions_name_messages_that_were_sent_before() -> None:
    traffic = Traffic(200, seed=4)
    sent: set[str] = set()
    deleted = 0
    for second in range(120):
        for update in traffic.until(START + second):
            for message in update.value.get("messages", ()):
                if message["type"] == "revoke":
                    deleted += message["revoke"]["original_message_id"] in sent
                sent.add(message["id"])

    assert deleted > 10
    assert traffic.deletions >= deleted


def repeated(folder: Path, code: str) -> RepeatedCommand:
    command = [sys.executable, "-c", code]
    return RepeatedCommand("command", command, every=3600, folder=folder, env=dict(os.environ))


def test_the_output_of_a_command_is_returned(tmp_path: Path) -> None:
    printed: list[str] = []
    one = repeated(tmp_path, "print('seen')")
    one.take = printed.append
    one.tick()
    one.finish()
    one.tick()  # not due again

    assert printed == ["seen\n"]
    assert (one.runs, one.failures) == (1, [])


def test_a_failure_of_a_command_is_kept(tmp_path: Path) -> None:
    one = repeated(tmp_path, "print('why'); raise SystemExit(3)")

    assert one.once() == "why\n"
    assert one.failures == ["exit code 3: why"]


def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    one = repeated(tmp_path, "import signal; signal.pause()")
    one.tick()
    one.finish(seconds=0.1)

    assert one.failures == ["exit code -9: "]


def test_findings_of_doctor_are_counted_one_by_one(tmp_path: Path) -> None:
    one = repeated(tmp_path, "print('ok a\\nproblem b\\n  do: c\\nproblem d'); raise SystemExit(1)")
    one.once()

    assert one.failures == ["exit code 1: problem b / problem d"]


def test_waiting_events_are_not_a_serious_finding() -> None:
    waiting = "problem lag           whatsapp.statuses: 5 records waiting and nothing lands"
    doubled = "problem duplicates    messages: 2 repeated rows"

    assert list(serious([f"exit code 1: {waiting}"])) == []
    assert list(serious([f"exit code 1: {waiting} / {doubled}"])) == [doubled]
    assert list(serious([f"exit code 1: {doubled}"])) == [f"exit code 1: {doubled}"]
    assert list(serious(["exit code -9: "])) == ["exit code -9: "]


def test_viewers_must_have_refreshed_without_errors() -> None:
    assert watched({"opened": 11, REFRESHED: 5}).good
    assert not watched({"opened": 11}).good
    assert not watched({"opened": 11, REFRESHED: 5, "lost": 1}).good


def test_a_sample_of_a_process() -> None:
    own = psutil.Process()
    sample = sampler.processes({"up": own})

    assert sample["up.pid"] == os.getpid()
    assert sample["up.rss"] >= sample["up.uss"] > 1e6
    assert sample["up.files"] > 2
    assert sample["all.pss"] == sample["up.pss"]


def test_a_process_that_has_ended_is_left_out() -> None:
    child = psutil.Popen([sys.executable, "-c", ""])
    child.wait()

    assert sampler.held("up", child) == {}


def test_a_sample_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "files" / "deep").mkdir(parents=True)
    (tmp_path / "files" / "deep" / "one.parquet").write_bytes(b"12345")
    (tmp_path / "files" / "two.parquet").write_bytes(b"123")
    (tmp_path / "warehouse.sqlite").write_bytes(b"12")

    sample = sampler.folder(tmp_path)
    assert (sample["files.count"], sample["files.bytes"]) == (2, 8)
    assert (sample["catalog.bytes"], sample["wal.bytes"], sample["data.bytes"]) == (2, 0, 10)
