"""What the receiver counts, for Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client import Counter as Total

# Every name as it is scraped, and its meaning; the labels name configured things only, so that
# strangers cannot make series.
METRICS: Mapping[str, str] = {
    "bluetick_posts_total": "POSTs to a configured source by source and status answered (499: "
    "the sender hung up)",
    "bluetick_unknown_source_posts_total": "POSTs to a source that is not configured",
    "bluetick_post_seconds": "Seconds from a POST's headers to its answer, by source",
    "bluetick_body_bytes_total": "Bytes of bodies answered 200, by source",
    "bluetick_events_published_total": "Records the broker has acknowledged, by topic",
    "bluetick_dead_letters_published_total": "Acknowledged dead letters by reason",
    "bluetick_inflight_posts": "POSTs waiting for the broker now",
    "bluetick_inflight_bytes": "Bytes of their bodies",
    "bluetick_reading_bytes": "Bytes of large bodies being read now",
    "bluetick_broker_up": "1 while POSTs are let through to the broker, else 0",
    "bluetick_producer_rebuilds_total": "Times the Kafka client was replaced after failures",
    "bluetick_failed_deliveries_total": "POSTs whose records the broker did not all acknowledge",
}
SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counters of one receiver, in a registry of their own."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # start times help nobody
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._posts = self._total("bluetick_posts_total", "source", "status")
        self._bodies = self._total("bluetick_body_bytes_total", "source")
        self._published = self._total("bluetick_events_published_total", "topic")
        self._dead = self._total("bluetick_dead_letters_published_total", "reason")
        self.unknown_sources = self._total("bluetick_unknown_source_posts_total")
        self.rebuilds = self._total("bluetick_producer_rebuilds_total")
        self.failures = self._total("bluetick_failed_deliveries_total")
        self._seconds = Histogram(
            "bluetick_post_seconds",
            METRICS["bluetick_post_seconds"],
            ("source",),
            buckets=SECONDS,
            registry=self.registry,
        )

    def answered(self, source: str, status: int, seconds: float) -> None:
        """Counts one POST to a configured source."""
        self._posts.labels(source, status).inc()
        self._seconds.labels(source).observe(seconds)

    def accepted(self, source: str, size: int) -> None:
        """Counts the bytes of a body answered 200."""
        self._bodies.labels(source).inc(size)

    def published(self, topics: Counter[str], reasons: Counter[str]) -> None:
        """Counts what the broker acknowledged: records by topic, dead letters by reason."""
        for topic, count in topics.items():
            self._published.labels(topic).inc(count)
        for reason, count in reasons.items():
            self._dead.labels(reason).inc(count)

    def watch(self, name: str, value: Callable[[], float]) -> None:
        """Registers a gauge that asks `value` whenever it is scraped."""
        Gauge(name, METRICS[name], registry=self.registry).set_function(value)

    def scrape(self) -> bytes:
        """Prometheus' text format."""
        return generate_latest(self.registry)

    def _total(self, name: str, *labels: str) -> Total:
        return Total(name, METRICS[name], labels, registry=self.registry)
