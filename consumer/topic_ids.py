"""Asks the broker for the current cluster id and topic ids."""

from __future__ import annotations

from collections.abc import Iterable

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from settings.errors import BluetickError
from settings.kafka import client_config
from warehouse.offsets import Log


class BrokerUnavailable(BluetickError):
    """The broker did not answer; a later attempt may succeed."""


class TopicIds:
    """Asks one broker for its cluster id (once) and its topic ids (each time)."""

    def __init__(self, bootstrap: str, timeout: float = 10.0) -> None:
        self._admin = AdminClient(
            {
                **client_config(bootstrap),
                "log_level": 2,
                "reconnect.backoff.ms": 200,
                "reconnect.backoff.max.ms": 2000,
            }
        )
        self._timeout = timeout
        self._cluster_id: str | None = None

    def ask(self, topics: Iterable[str]) -> dict[str, Log]:
        """The current log of each topic. Raises BrokerUnavailable, also if a topic is missing."""
        try:
            if self._cluster_id is None:
                cluster = self._admin.describe_cluster(request_timeout=self._timeout)
                self._cluster_id = str(cluster.result(self._timeout).cluster_id)
            futures = self._admin.describe_topics(
                TopicCollection(sorted(set(topics))), request_timeout=self._timeout
            )
            return {
                name: Log(self._cluster_id, str(future.result(self._timeout).topic_id), name)
                for name, future in futures.items()
            }
        except (KafkaException, TimeoutError) as error:
            raise BrokerUnavailable(_text(error)) from error


def _text(error: BaseException) -> str:
    cause = error.args[0] if error.args else None
    if isinstance(cause, KafkaError):
        return cause.str()
    return str(error) or type(error).__name__
