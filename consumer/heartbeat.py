"""Reports at intervals that this consumer works: it reaches Kafka and can write the warehouse."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable

import duckdb

from consumer.topic_ids import BrokerUnavailable, TopicIds
from schemas.topics import LANDED
from warehouse.heartbeats import beat
from warehouse.renewal import Warehouse, breaks_connection
from warehouse.transaction import Busy
from warehouse.write_lock import Turn

logger = logging.getLogger(__name__)

# So the dashboard can tell after two minutes that a consumer has stopped.
BEAT_SECONDS = 30.0


class Heartbeat:
    """The reports of one process. One that fails is left out: it must not stop the landing."""

    def __init__(
        self,
        warehouse: Warehouse,
        topic_ids: TopicIds,
        lock: Turn | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._warehouse, self._topic_ids, self._lock = warehouse, topic_ids, lock
        self._clock = clock
        self._name = uuid.uuid4().hex
        self._due = clock()

    def __call__(self, partitions: int, waiting: Callable[[], int]) -> None:
        """Reports if it is time to. `waiting` counts the records that have not landed."""
        if not partitions or self._clock() < self._due:
            return
        self._due = self._clock() + BEAT_SECONDS
        try:
            self._topic_ids.ask([LANDED[0].name])  # only a broker that answers is a sign of life
            beat(
                self._warehouse.connection,
                self._name,
                partitions=partitions,
                waiting=waiting(),
                lock=self._lock,
            )
        except (BrokerUnavailable, Busy) as error:
            logger.info("no heartbeat now: %s", error)
        except duckdb.Error as error:
            # The log omits the message of the error, which may quote a row.
            logger.warning("no heartbeat now", exc_info=error)
            if breaks_connection(error):
                self._warehouse.renew()
