"""What is kept goes to the next broker, and is removed after it has landed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bluetick.local.broker import BrokerError, EmbeddedBroker
from bluetick.local.kept_events import KeptEvents
from bluetick.options import Settings
from bluetick.watermarks import extents
from producer.kafka.acknowledgement import Outgoing
from producer.kafka.journal import Journal
from producer.kafka.journal_file import CLOSED, OPEN, files
from schemas.topics import STATUSES
from settings.journal import JOURNAL_DIR, journal_dir

RECORD = Outgoing(STATUSES.name, b"key", b"value")
PLACE = (STATUSES.name, 0)


def test_what_is_kept_is_published_to_each_new_broker(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.add([RECORD, RECORD]).done()
    journal.close()
    kept = KeptEvents(tmp_path)
    for _ in range(2):
        with EmbeddedBroker(0) as broker:
            assert kept.publish(broker.bootstrap) == 2
            found = extents(broker.bootstrap, [STATUSES.name])
            assert sum(extent.end for extent in found.values()) == 2


def test_without_files_nothing_is_published(tmp_path: Path) -> None:
    assert KeptEvents(tmp_path / "none").publish("127.0.0.1:1") == 0


def test_a_broker_that_does_not_answer_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bluetick.local.kept_events.TOPIC_SECONDS", 0.1)
    journal = Journal(tmp_path)
    journal.add([RECORD]).done()
    journal.close()
    with pytest.raises(BrokerError, match="could not be published again"):
        KeptEvents(tmp_path).publish("127.0.0.1:1")
    assert files(tmp_path)


def test_a_file_goes_once_what_the_broker_had_after_it_has_landed(tmp_path: Path) -> None:
    kept, journal = KeptEvents(tmp_path), Journal(tmp_path)
    post = journal.add([RECORD])
    journal.close()
    kept.look({PLACE: 1}, {PLACE: 1})  # the POST has not ended
    kept.look({PLACE: 1}, {PLACE: 1})
    assert [path.suffix for path in files(tmp_path)] == [OPEN]
    post.done()
    kept.look({PLACE: 1}, {PLACE: 1})  # these ends may be older than the file's last record
    assert [path.suffix for path in files(tmp_path)] == [CLOSED]
    kept.look({PLACE: 2}, {PLACE: 1})
    kept.look({PLACE: 5}, {PLACE: 1})
    assert [path.suffix for path in files(tmp_path)] == [CLOSED]
    kept.look({PLACE: 6}, {PLACE: 2})
    assert files(tmp_path) == []


def test_the_file_of_a_process_that_has_ended_is_closed(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.add([RECORD])
    left = tmp_path / f"0-0{OPEN}"
    left.write_bytes(b"")
    KeptEvents(tmp_path).look({}, {})
    assert [path.suffix for path in files(tmp_path)] == [CLOSED, OPEN]
    KeptEvents(tmp_path).clear()
    assert list(tmp_path.iterdir()) == []


def test_only_a_receiver_of_an_embedded_broker_keeps_files(tmp_path: Path) -> None:
    kept = Settings(data_dir=tmp_path, durable=True)
    assert journal_dir(kept.environment()) == tmp_path / "journal"
    others = (
        Settings(data_dir=tmp_path),
        Settings(data_dir=tmp_path, durable=True, own_kafka="127.0.0.1:1"),
    )
    for settings in others:
        assert JOURNAL_DIR not in settings.environment()
        assert journal_dir(settings.environment()) is None
