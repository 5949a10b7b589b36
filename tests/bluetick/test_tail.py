"""`bluetick tail` on a real broker."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import uuid
from collections.abc import Iterator
from typing import IO

import pytest
from confluent_kafka import Producer

from bluetick.tail import TailError, fields_named, topic_named
from schemas.topics import DEAD_LETTERS, MESSAGES, STATUSES, Topic
from tests.support.command import BLUETICK, environment, run
from tests.support.ports import free_port
from tests.support.records import event, framed


def publish(bootstrap: str, topic: Topic, *values: bytes) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "log_level": 0})
    for value in values:
        producer.produce(topic.name, value, partition=0)
    assert producer.flush(30) == 0


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("whatsapp.statuses", STATUSES),
        ("statuses", STATUSES),
        ("dead-letters", DEAD_LETTERS),
        ("dead_letters", DEAD_LETTERS),
    ],
)
def test_full_and_short_names(name: str, topic: Topic) -> None:
    assert topic_named(name) is topic


def test_the_error_for_an_unknown_topic_lists_the_known_ones() -> None:
    with pytest.raises(TailError, match=r"whatsapp\.statuses"):
        topic_named("stati")


@contextlib.contextmanager
def following(bootstrap: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """`bluetick tail` with these arguments, and its output."""
    with subprocess.Popen(
        [*BLUETICK, "tail", *arguments, "--bootstrap-servers", bootstrap],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        yield process, process.stdout
        process.kill()


def test_existing_records_are_printed(broker: str) -> None:
    mark = uuid.uuid4().hex
    known = event(STATUSES, message_id=f"wamid.{mark}", billable=True)
    publish(broker, STATUSES, b"poison", framed(STATUSES, known))
    with following(broker, "statuses", "--from-beginning") as (process, out):
        found = next(one for line in out if mark in (one := line))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "not 0" in err
    assert "Traceback" not in err
    moment = "2026-09-21T14:13:20+00:00"
    assert json.loads(found) == known | {"received_at": moment, "occurred_at": moment}


def test_one_message_in_a_few_fields_on_several_lines(broker: str) -> None:
    mark = f"wamid.{uuid.uuid4().hex}"
    wanted = event(STATUSES, message_id=mark, status="delivered", error_code=None)
    publish(broker, STATUSES, framed(STATUSES, event(STATUSES)), framed(STATUSES, wanted))
    options = ("--id", mark, "--fields", "status, message_id,error_code", "-n", "1")
    with following(broker, "statuses", "--from-beginning", *options) as (process, _):
        out, _ = process.communicate(timeout=120)
    assert out == f'{{"status":"delivered","message_id":"{mark}","error_code":null}}\n'
    with following(broker, "statuses", "--from-beginning", *options, "--pretty") as (process, _):
        out, _ = process.communicate(timeout=120)
    assert out == f'{{\n  "status": "delivered",\n  "message_id": "{mark}"\n}}\n\n'


@pytest.mark.parametrize("names", ["state", "status,,state", " , "])
def test_the_error_for_an_unknown_field_lists_the_known_ones(names: str) -> None:
    with pytest.raises(TailError, match="choose from event_id"):
        fields_named(STATUSES, names)


def test_only_new_records_up_to_the_limit_are_printed(broker: str) -> None:
    old, new = uuid.uuid4().hex, uuid.uuid4().hex
    publish(broker, MESSAGES, framed(MESSAGES, event(MESSAGES, message_id=old)))
    with following(broker, "messages", "-n", "2") as (process, _):
        while process.poll() is None:  # until it listens, records come before its start
            publish(broker, MESSAGES, framed(MESSAGES, event(MESSAGES, message_id=new)))
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert [json.loads(line)["message_id"] for line in out.splitlines()] == [new, new]


def test_bytes_are_shown_as_text(broker: str) -> None:
    mark = uuid.uuid4().hex
    letter = event(DEAD_LETTERS, reason=mark, payload=b'{"a":\xff')
    publish(broker, DEAD_LETTERS, framed(DEAD_LETTERS, letter))
    with following(broker, "dead-letters", "--from-beginning") as (process, out):
        found = next(one for line in out if mark in (one := line))
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 0
    assert json.loads(found)["payload"] == '{"a":\\xff'


def test_without_a_broker_it_says_so() -> None:
    done = run("tail", "statuses", "--broker-port", str(free_port()))
    assert done.returncode == 1
    assert "no broker answers" in done.stderr
    assert "Traceback" not in done.stderr
