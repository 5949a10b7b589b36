"""A small part of what `make test-nightly` runs, and whether faults are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumer import decode as decoding
from producer import normalise
from schemas.codec import Encoder
from tests.fuzz.__main__ import main
from tests.fuzz.bodies import posted
from tests.fuzz.endpoint import Collecting
from tests.fuzz.finding import Finding
from tests.fuzz.frames import batch_of
from tests.fuzz.run import Part

BODIES, RECORDS = Part("body", 1, 0, 1_000), Part("record", 1, 0, 500)


def broken(*_: object, **__: object) -> None:
    raise KeyError("broken")


def faults(part: Part) -> list[str]:
    """What was found, without times: they say something only on a machine that is not busy."""
    return [str(finding) for finding in part.findings() if " ms for " not in finding.what]


def test_a_few_bodies() -> None:
    assert faults(BODIES) == []


def test_a_few_records() -> None:
    assert faults(RECORDS) == []


def test_the_same_number_is_the_same_input() -> None:
    assert posted(1, 17) == posted(1, 17) != posted(2, 17)
    assert batch_of(1, 117).frames == batch_of(1, 150).frames
    assert batch_of(1, 117).frames != batch_of(2, 117).frames


@pytest.mark.parametrize(
    ("place", "name", "found"),
    [
        (normalise, "plain_events", "KeyError"),
        (normalise, "body_events", "a dead letter says unexpected"),
        (Encoder, "__call__", "KeyError"),
        (Collecting, "publish", "status 503"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_fault_of_the_receiver_is_found(
    monkeypatch: pytest.MonkeyPatch, place: object, name: str, found: str
) -> None:
    monkeypatch.setattr(place, name, broken)
    findings = Part("body", 1, 0, 60).findings()
    assert any(found in finding.what for finding in findings)


@pytest.mark.parametrize("name", ["_columnar", "_singles", "_checked"])
def test_a_fault_of_the_consumer_is_found(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(decoding, name, broken)
    assert any("KeyError" in finding.what for finding in Part("record", 1, 100, 200).findings())


def test_a_lost_record_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "_singles", lambda *_: [])
    findings = Part("record", 1, 100, 200).findings()
    assert any("0 rows and dead letters" in finding.what for finding in findings)


def test_what_is_found_is_saved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = Finding("body", 1, 7, "status 503", b"\0")
    monkeypatch.setattr(Part, "findings", lambda part: [fault] if part.kind == "body" else [])
    assert main(["--only", "7", "--out", str(tmp_path)]) == 1
    assert "seed 1, body 7: status 503" in capsys.readouterr().out
    assert (tmp_path / "body-1-7.bin").read_bytes() == b"\0"
