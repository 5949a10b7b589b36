"""Reads batches of records, and says what the consumer must not have done with them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from consumer.decode import Decoded, Record, decode
from schemas.content_hash import MASK
from tests.fuzz.finding import CPU_SECONDS, Finding
from tests.fuzz.frames import BATCH, Frame, Frames, batch_of
from tests.fuzz.landing import missing
from tests.support.records import NOW_US

LANDED = 20  # one batch of so many lands, because this takes far longer than to decode one


class Reading:
    """Decodes the records of a seed as the consumer does, in batches of one topic."""

    kind = "record"

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def close(self) -> None:
        """Nothing is open."""

    def check(self, numbers: Sequence[int]) -> Iterator[Finding]:
        """Decodes the batches that these numbers, which follow each other, belong to."""
        at = numbers[0]
        while at <= numbers[-1]:
            batch = batch_of(self._seed, at)
            yield from self._checked(batch)
            if min(batch.frames) // BATCH % LANDED == 0:
                yield from self._landed(batch)
            at = max(batch.frames) + 1

    def _checked(self, batch: Frames) -> Iterator[Finding]:
        start = time.process_time()
        try:
            decoded = _decoded(batch, batch.frames)
        except Exception as error:
            yield from self._alone(batch, f"{type(error).__name__} in a batch: {error}")
            return
        if time.process_time() - start > CPU_SECONDS:
            yield from self._slow(batch)
        for number, what in _faults(batch, decoded):
            yield self._finding(batch, number, what)

    def _landed(self, batch: Frames) -> Iterator[Finding]:
        try:
            left = missing(batch)
        except Exception as error:
            what = f"a batch cannot land: {type(error).__name__}: {error}"
            yield self._finding(batch, min(batch.frames), what)
        else:
            if left:
                yield self._finding(batch, min(batch.frames), f"{left} records did not land")

    def _alone(self, batch: Frames, what: str) -> Iterator[Finding]:
        """The records that fail alone; if none does, the first one stands for the batch."""
        found = False
        for number in batch.frames:
            try:
                _decoded(batch, [number])
            except Exception as error:
                found = True
                yield self._finding(batch, number, f"{type(error).__name__}: {error}")
        if not found:
            yield self._finding(batch, min(batch.frames), what)

    def _slow(self, batch: Frames) -> Iterator[Finding]:
        for number in batch.frames:
            least = CPU_SECONDS * 1000
            for _ in range(3):
                start = time.process_time()
                _decoded(batch, [number])
                least = min(least, time.process_time() - start)
            if least > CPU_SECONDS:
                size = len(batch.frames[number].value or b"")
                yield self._finding(batch, number, f"{least * 1000:.0f} ms for {size} bytes")

    def _finding(self, batch: Frames, number: int, what: str) -> Finding:
        given = batch.frames[number].value or b""
        return Finding(self.kind, self._seed, number, f"{what} ({batch.topic.name})", given)


def _decoded(batch: Frames, numbers: Sequence[int] | dict[int, Frame]) -> Decoded:
    records = [
        Record(batch.topic, 0, number, NOW_US, batch.frames[number].value) for number in numbers
    ]
    return decode(batch.topic, records, batch.registry)


def _faults(batch: Frames, decoded: Decoded) -> Iterator[tuple[int, str]]:
    """Numbers of records, and what is wrong with what became of them, in words."""
    rows = {row["offset"]: row for row in decoded.rows.iter_rows(named=True)}
    if len(rows) != decoded.rows.height:
        yield min(batch.frames), "a record has become two rows"
    poison = [item.record.offset for item in decoded.poison]
    for number, frame in batch.frames.items():
        times = poison.count(number) + (number in rows)
        if times != 1:
            yield number, f"the record has become {times} rows and dead letters"
        elif frame.event is not None:
            if number not in rows:
                (why,) = (item for item in decoded.poison if item.record.offset == number)
                yield number, f"a valid record is poison: {why.reason}: {why.detail}"
            elif (other := _difference(rows[number], frame.event)) is not None:
                yield number, f"column {other} of a valid record has another value"


def _difference(row: dict[str, object], event: dict[str, object]) -> str | None:
    """The first column whose value differs from that of the event; times are not compared."""
    for name, wanted in event.items():
        if name.endswith(("_at", "_us")):
            continue
        if name == "content_hash":
            assert isinstance(wanted, int)
            wanted &= MASK
        elif isinstance(wanted, str):
            wanted = wanted.replace("\0", "\N{REPLACEMENT CHARACTER}")
        if row[name] != wanted:
            return name
    return None
