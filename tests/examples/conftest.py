"""The metrics pages of a receiver and a consumer before their first event."""

from __future__ import annotations

import httpx
import pytest
from prometheus_client import start_http_server
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

import consumer.metrics
from tests.support.receiver import HOST, receiver

assert consumer.metrics.LAG  # registered where the consumer's page is made from


def samples(text: str, job: str) -> list[Sample]:
    """The samples of a page as Prometheus stores them, with its own sample `up`."""
    own = {"job": job, "instance": "here"}
    read = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return [
        Sample("up", own, 1),
        *(Sample(sample.name, sample.labels | own, sample.value) for sample in read),
    ]


@pytest.fixture(scope="session")
def scraped() -> list[Sample]:
    """What Prometheus reads from a receiver and a consumer that have received nothing yet."""
    server, thread = start_http_server(0, addr=HOST)
    try:
        with receiver(f"{HOST}:1", wait=False) as edge:
            page = edge.admin.get("/metrics").text
        address = f"http://{HOST}:{server.server_port}/metrics"
        other = httpx.get(address, trust_env=False, verify=False).text
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    return [*samples(page, "bluetick-receiver"), *samples(other, "bluetick-consumer")]
