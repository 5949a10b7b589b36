"""The receiver's Prometheus metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from typing import TypeVar, cast

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client import Counter as Total

from producer.normalise.dead_letter import DETAILS
from producer.notices import RAW_TOO_LARGE, UNENCODABLE
from schemas.topics import TOPICS

# Each name as Prometheus reads it, and its help text. Label values come from the configuration
# only, so that unknown senders cannot create series.
METRICS: Mapping[str, str] = {
    "bluetick_build_info": "Always 1, with the version as its label",
    "bluetick_posts_total": "POSTs to a configured source, by source and answered status (499: "
    "the sender closed the connection)",
    "bluetick_unknown_source_posts_total": "POSTs to a source that is not configured",
    "bluetick_post_seconds": "Seconds from a POST's headers to its answer, by source",
    "bluetick_body_bytes_total": "Bytes of bodies answered with 200, by source",
    "bluetick_events_published_total": "Records acknowledged by the broker, by topic",
    "bluetick_dead_letters_published_total": "Dead letters acknowledged by the broker, by reason",
    "bluetick_inflight_posts": "POSTs now waiting for the broker",
    "bluetick_inflight_bytes": "Bytes of the bodies of these POSTs",
    "bluetick_reading_bytes": "Bytes of large bodies that are being read now",
    "bluetick_broker_up": "1 while POSTs can be published to the broker, else 0",
    "bluetick_privacy_level": "1 for the level of privacy that events are published at",
    "bluetick_producer_rebuilds_total": "Replacements of the Kafka client after failures",
    "bluetick_failed_deliveries_total": "POSTs with records that the broker did not acknowledge",
}
SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
STATUSES = (200, 400, 401, 408, 413, 415, 429, 499, 503)  # of the answers to a configured source
M = TypeVar("M", Total, Histogram)
REASONS = (*DETAILS, RAW_TOO_LARGE, UNENCODABLE)


class Metrics:
    """The counters of one receiver with these sources, in their own registry.

    All known series start at 0: Prometheus sees no increase in a series that starts at 1.
    """

    def __init__(self, sources: Iterable[str] = ()) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # start times are not used
        self.registry = CollectorRegistry()
        self._known: dict[object, object] = {}
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
        build = METRICS["bluetick_build_info"]
        info = Gauge("bluetick_build_info", build, ("version",), registry=self.registry)
        info.labels(version("bluetick")).set(1)
        self._start_at_zero(sources)

    def _start_at_zero(self, sources: Iterable[str]) -> None:
        for source in sources:
            self._bodies.labels(source)
            self._seconds.labels(source)
            for status in STATUSES:
                self._posts.labels(source, status)
        for topic in TOPICS:
            self._published.labels(topic.name)
        for reason in REASONS:
            self._dead.labels(reason)

    def answered(self, source: str, status: int, seconds: float) -> None:
        """Counts one POST to a configured source, answered with `status` after `seconds`."""
        self._series(self._posts, source, status).inc()
        self._series(self._seconds, source).observe(seconds)

    def accepted(self, source: str, size: int) -> None:
        """Counts a body of `size` bytes that was answered with 200."""
        self._series(self._bodies, source).inc(size)

    def published(self, topics: Mapping[str, int], reasons: Mapping[str, int]) -> None:
        """Counts acknowledged records: by topic, and dead letters by reason."""
        for topic, count in topics.items():
            self._series(self._published, topic).inc(count)
        for reason, count in reasons.items():
            self._series(self._dead, reason).inc(count)

    def keeps(self, level: str) -> None:
        """Names the level of privacy."""
        name = "bluetick_privacy_level"
        Gauge(name, METRICS[name], ("level",), registry=self.registry).labels(level).set(1)

    def watch(self, name: str, value: Callable[[], float]) -> None:
        """Registers a gauge that calls `value` each time Prometheus reads it."""
        Gauge(name, METRICS[name], registry=self.registry).set_function(value)

    def scrape(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)

    def _series(self, metric: M, *labels: str | int) -> M:
        """The series of a metric with these labels, which the library would look up slowly."""
        key = (metric, labels)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = metric.labels(*labels)
        return cast(M, found)

    def _total(self, name: str, *labels: str) -> Total:
        return Total(name, METRICS[name], labels, registry=self.registry)
