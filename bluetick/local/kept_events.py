"""What the receiver has accepted for the embedded broker, in files until it has landed."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Mapping
from pathlib import Path

from confluent_kafka import KafkaException

from bluetick.local.broker import BrokerError
from bluetick.replay.publisher import BulkPublisher, BulkPublishFailed
from bluetick.watermarks import Place
from producer.kafka.journal_file import CLOSED, OPEN, files, read
from schemas.create_topics import ensure_topics

TOPIC_SECONDS = 30.0


class KeptEvents:
    """The journal's files in `folder`, which need not exist.

    A file can go once every record in it has landed. `look` knows that of the files that are
    closed: the broker has all that was acknowledged from them, below the ends it reports later.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: set[Path] = set()
        self._ends: dict[Path, dict[Place, int]] = {}

    def publish(self, bootstrap: str) -> int:
        """Publish everything to a new broker; what has landed is dropped as a duplicate there.

        Call it while no receiver runs. Returns the number of records. Raises BrokerError.
        """
        self._seen, self._ends = set(), {}
        found = files(self._folder)
        if not found:
            return 0
        count = 0
        try:
            ensure_topics(bootstrap, timeout=TOPIC_SECONDS)
            publisher = BulkPublisher(bootstrap)
            for path in found:
                for record in read(path):
                    publisher.send([record])
                    count += 1
            publisher.flush()
        except (KafkaException, BulkPublishFailed, OSError) as error:
            raise BrokerError(
                f"the events in {self._folder} could not be published again ({error})"
            ) from None
        self._adopt(found)
        return count

    def look(self, ends: Mapping[Place, int], landed: Mapping[Place, int]) -> None:
        """Remove files whose records have all landed.

        `ends` and `landed` are the next offsets in the broker and in the warehouse, read after the
        call before.
        """
        for path in self._seen:
            self._ends.setdefault(path, dict(ends))
        for path, needed in list(self._ends.items()):
            if needed and all(landed.get(place, 0) >= end for place, end in needed.items()):
                path.unlink(missing_ok=True)
                del self._ends[path]
        self._adopt(files(self._folder))
        self._seen = {path for path in files(self._folder) if path.suffix == CLOSED}

    def clear(self) -> None:
        """Remove everything. Call it when all has landed and no receiver runs."""
        for path in self._folder.glob("*"):
            path.unlink(missing_ok=True)
        self._seen, self._ends = set(), {}

    def _adopt(self, found: list[Path]) -> None:
        """Close the files of processes that have ended."""
        for path in found:
            if path.suffix == OPEN and _unowned(path):
                with contextlib.suppress(FileNotFoundError):
                    path.rename(path.with_suffix(CLOSED))


def _unowned(path: Path) -> bool:
    """Whether the process that writes the file has ended."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:  # locked, or closed meanwhile
        return False
    return True
