"""The names and series of the metrics in a scrape."""

from __future__ import annotations

from importlib.metadata import version

from prometheus_client.parser import text_string_to_metric_families

from producer.metrics import METRICS, REASONS, Metrics
from schemas.topics import TOPICS
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


def test_all_series_are_there_before_the_first_post() -> None:
    samples = [
        sample
        for family in text_string_to_metric_families(Metrics(["meta"]).scrape().decode())
        for sample in family.samples
    ]
    found = {(sample.name, *sorted(sample.labels.values())) for sample in samples}
    assert {
        ("bluetick_build_info", version("bluetick")),
        ("bluetick_posts_total", "200", "meta"),
        ("bluetick_posts_total", "503", "meta"),
        ("bluetick_post_seconds_count", "meta"),
        ("bluetick_body_bytes_total", "meta"),
        *(("bluetick_events_published_total", topic.name) for topic in TOPICS),
        *(("bluetick_dead_letters_published_total", reason) for reason in REASONS),
    } <= found
    assert not [sample.name for sample in samples if sample.name.endswith("_created")]
