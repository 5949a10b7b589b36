"""With a journal, an event is in a file before its POST is answered, or the POST is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from producer.kafka.journal_file import OPEN, files, read
from schemas.topics import STATUSES
from settings.journal import JOURNAL_DIR
from tests.support.payloads import cloud, status
from tests.support.receiver import receiver
from tests.support.waiting import wait_for


def test_without_its_file_a_post_is_refused(
    broker: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = tmp_path / "journal"
    journal.write_bytes(b"in the way of the folder")
    monkeypatch.setenv(JOURNAL_DIR, str(journal))
    with receiver(broker) as edge:
        refused = edge.post(cloud(status("wamid.unkept")))
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "broker_unavailable"
        journal.unlink()
        wait_for(lambda: edge.post(cloud(status("wamid.kept"))).status_code == 200)
        (path,) = files(journal)
        assert path.suffix == OPEN
        assert [record.topic for record in read(path)] == [STATUSES.name]
    (closed,) = files(journal)
    assert closed.suffix != OPEN
