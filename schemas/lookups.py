"""A cache of schema lookups that limits how often the registry is asked."""

from __future__ import annotations

import time
from collections.abc import Callable

from cachetools import LFUCache, TTLCache

from schemas.registry_errors import RefusedSchema, UnknownSchema
from schemas.topics import Schema

# The number of schemas and refusals in the cache. The most used stay: ours are used in every
# batch, while the ids of a flood are used once.
KEPT = 256
UNKNOWN_KEPT = 10_000
UNKNOWN_SECONDS = 30.0
# In each period, at least ALWAYS_ASKED ids are asked for, and more until ASKING_SECONDS are spent:
# a slow registry must not make the consumer miss its group's deadlines.
PERIOD_SECONDS = 30.0
ALWAYS_ASKED = 20
ASKING_SECONDS = 5.0
# Registries count ids from 1 as a Java int. A larger number is not an id, and some fail on it.
LARGEST_ID = 2**31 - 1


class Lookups:
    """Answers from the cache, and calls `ask` for other ids.

    Every writer to Kafka chooses ids, so millions of unknown ids can arrive. Then only some are
    asked for, and the others count as unknown for now: to wait for them would stop all records.
    Records with such ids become dead letters, which can be replayed.
    """

    def __init__(
        self, ask: Callable[[int], Schema], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`ask` raises UnknownSchema, RefusedSchema or RegistryUnavailable."""
        self._ask = ask
        self._clock = clock
        self._known: LFUCache[int, Schema | str] = LFUCache(KEPT)
        self._unknown: TTLCache[int, str] = TTLCache(UNKNOWN_KEPT, UNKNOWN_SECONDS, timer=clock)
        self._period = clock()
        self._asked = 0
        self._spent = 0.0

    def __getitem__(self, schema_id: int) -> Schema:
        """The schema of this id. Raises UnknownSchema, RefusedSchema or RegistryUnavailable."""
        if schema_id in self._known:
            found = self._known[schema_id]
            if isinstance(found, str):
                raise RefusedSchema(found)
            return found
        if schema_id in self._unknown:
            raise UnknownSchema(self._unknown[schema_id])
        if schema_id > LARGEST_ID:
            raise UnknownSchema(f"schema id {schema_id} is larger than any registry gives")
        if not self._may_ask():
            raise UnknownSchema(
                f"schema id {schema_id} was not looked up: too many new ids came at once"
            )
        return self._answer(schema_id)

    def _answer(self, schema_id: int) -> Schema:
        started = self._clock()
        self._asked += 1
        try:
            schema = self._ask(schema_id)
        except RefusedSchema as refusal:
            self._known[schema_id] = str(refusal)
            raise
        except UnknownSchema as error:
            self._unknown[schema_id] = str(error)
            raise
        finally:
            self._spent += self._clock() - started
        self._known[schema_id] = schema
        return schema

    def _may_ask(self) -> bool:
        now = self._clock()
        if now - self._period > PERIOD_SECONDS:
            self._period, self._asked, self._spent = now, 0, 0.0
        return self._asked < ALWAYS_ASKED or self._spent < ASKING_SECONDS
