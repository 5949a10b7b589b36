"""Posts bodies, and says what the receiver must not have done with them."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence

from consumer.decode import Record, decode
from producer.normalise.dead_letter import UNEXPECTED
from producer.notices import UNENCODABLE
from producer.providers import Post, handshakes
from schemas.codec import decode as decoded
from schemas.topics import BY_NAME, DEAD_LETTERS, LANDED, Topic
from tests.fuzz.bodies import posted
from tests.fuzz.endpoint import LEVELS, Answer, Endpoint
from tests.fuzz.finding import CPU_SECONDS, Finding
from tests.support.records import NOW_US, REGISTRY

FAULTS = (UNEXPECTED, UNENCODABLE)  # dead letters for faults of the program itself


class Receiving:
    """Posts the bodies of a seed, each at one of the privacy levels."""

    kind = "body"

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._endpoints = [Endpoint(level) for level in LEVELS]

    def close(self) -> None:
        """Ends the endpoints."""
        for endpoint in self._endpoints:
            endpoint.close()

    def check(self, numbers: Sequence[int]) -> Iterator[Finding]:
        """Posts the bodies of these numbers, and reads what they published as a consumer does."""
        published: dict[Topic, list[tuple[int, bytes]]] = defaultdict(list)
        for number in numbers:
            given = posted(self._seed, number)
            try:
                answer, seconds = self._timed(number)
            except Exception as error:
                yield self._finding(number, f"{type(error).__name__} escaped")
                continue
            if seconds > CPU_SECONDS:
                yield self._finding(number, f"{seconds * 1000:.0f} ms for {len(given.body)} bytes")
            yield from (
                self._finding(number, what) for what in _faults(given.path, given.body, answer)
            )
            for record in answer.records:
                topic = BY_NAME[record.topic]
                if topic in LANDED:
                    published[topic].append((number, record.value))
        for topic, items in published.items():
            yield from self._unreadable(topic, items)

    def _timed(self, number: int) -> tuple[Answer, float]:
        """The answer, and the CPU seconds of the fastest of up to 4 times."""
        given = posted(self._seed, number)
        endpoint = self._endpoints[number % len(self._endpoints)]
        least = CPU_SECONDS * 1000
        for _ in range(4):
            start = time.process_time()
            answer = endpoint.post(given)
            least = min(least, time.process_time() - start)
            if least <= CPU_SECONDS:
                break
        return answer, least

    def _unreadable(self, topic: Topic, items: list[tuple[int, bytes]]) -> Iterator[Finding]:
        records = [Record(topic, 0, at, NOW_US, value) for at, (_, value) in enumerate(items)]
        for poison in decode(topic, records, REGISTRY).poison:
            number = items[poison.record.offset][0]
            what = f"an event of {topic.name} cannot be landed: {poison.reason}: {poison.detail}"
            yield self._finding(number, what)

    def _finding(self, number: int, what: str) -> Finding:
        given = posted(self._seed, number)
        level = LEVELS[number % len(LEVELS)]
        where = f"{given.path} at the level {level}, {given.headers['content-type']}"
        return Finding(self.kind, self._seed, number, f"{what} ({where})", given.body)


def _faults(path: str, body: bytes, answer: Answer) -> Iterator[str]:
    """What is wrong with an answer, in words."""
    if answer.errors:
        yield f"an error was logged: {answer.errors}"
    for record in answer.records:
        if record.topic == DEAD_LETTERS.name:
            letter = decoded(record.value, REGISTRY)
            if letter["reason"] in FAULTS:
                yield f"a dead letter says {letter['reason']}: {letter['detail']}"
    source = path.rpartition("/")[2]
    allowed = (200,)
    if path.startswith("/sends/"):
        allowed = (200, 400, 413)
    elif source.startswith("open"):
        allowed = (200, 400)
    elif source.startswith("signed-"):
        allowed = (200, 401)
    if answer.status not in allowed:
        yield f"status {answer.status}"
    if answer.status != 200:
        return
    if path.startswith("/sends/"):
        counts = json.loads(answer.body)
        if sum(counts.values()) != len(answer.records) or (
            not answer.records and body.strip() != b"[]"
        ):
            yield f"{counts} of {len(answer.records)} records"
    elif not answer.records and not _asks(source, body):
        yield "accepted, and nothing was published"


def _asks(source: str, body: bytes) -> bool:
    """Whether the body is a handshake, which is answered and not kept."""
    dialect = source.removeprefix("signed-").removesuffix("-number").replace("open", "auto")
    post = Post({}, "", body, NOW_US / 1_000_000)
    return any(one.answer(post) is not None for one in handshakes(dialect))
