"""The names of the metrics in a scrape are the documented names."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from producer.metrics import METRICS
from tests.support.payloads import cloud, status
from tests.support.receiver import CONFIG, Receiver


def test_every_metric_is_scraped_by_its_documented_name(edge: Receiver) -> None:
    assert edge.post(cloud(status("wamid.metrics"))).status_code == 200
    assert edge.post(b"{").status_code == 200
    text = edge.admin.get("/metrics").text
    families = [
        family
        for family in text_string_to_metric_families(text)
        if family.name.startswith("bluetick_")
    ]
    scraped = {
        f"{family.name}_total" if family.type == "counter" else family.name: family.documentation
        for family in families
    }
    assert scraped == dict(METRICS)
    assert "process_resident_memory_bytes" in text


def test_unknown_sources_do_not_create_series(edge: Receiver) -> None:
    for source in ("made-up-1", "made-up-2"):
        edge.post(b"{}", source=source)
    text = edge.admin.get("/metrics").text
    assert "made-up" not in text
    sources = {
        sample.labels["source"]
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if "source" in sample.labels
    }
    assert sources <= set(CONFIG.sources)
