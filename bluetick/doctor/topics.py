"""Check that the topics exist, were not recreated, and lose nothing by their settings."""

from __future__ import annotations

from collections.abc import Iterator

from bluetick.doctor.cluster import ClusterFacts, TopicFacts
from bluetick.doctor.finding import Finding, counted, ok, problem, warning
from bluetick.doctor.partition_counts import Account
from schemas.topics import RAW, TOPICS, Topic
from settings.limits import Limits

CHECK = "topics"
DAY_MS = 24 * 60 * 60 * 1000


def topics(cluster: ClusterFacts, live: list[Account]) -> Iterator[Finding]:
    """Findings for each topic; `live`: accounts in use."""
    for topic in TOPICS:
        facts = cluster.topics.get(topic.name)
        if facts is None:
            yield problem(
                CHECK,
                f"{topic.name} does not exist",
                "start `bluetick receive` or `bluetick land`, which create it, or permit them to",
            )
            continue
        found = list(_of_topic(topic, facts, cluster, live))
        yield from found or [ok(CHECK, _shape(topic, facts))]


def _of_topic(
    topic: Topic, facts: TopicFacts, cluster: ClusterFacts, live: list[Account]
) -> Iterator[Finding]:
    former = {
        account.log.topic_id
        for account in live
        if account.log.topic == topic.name and account.log.cluster_id == cluster.cluster_id
    } - {facts.log.topic_id}
    if former:
        yield problem(
            CHECK,
            f"{topic.name} was recreated after its events landed",
            "start once with `bluetick land --accept-new-log`; nothing that has landed is removed",
        )
    if facts.replicas < 2 <= cluster.brokers:
        yield warning(
            CHECK,
            f"{topic.name} has one replica on {cluster.brokers} brokers",
            "give it 3 replicas: with one, the disk of one broker holds the only copy",
        )
    # A value below zero means no limit.
    retention = facts.settings.get("retention.ms", -1)
    if topic is RAW and 0 <= retention < DAY_MS:
        yield warning(
            CHECK,
            f"{topic.name} keeps bodies for {retention / 3_600_000:,.1f} hours",
            "raise its retention.ms to at least one day: `bluetick replay raw` reads from it",
        )
    largest = Limits.from_environment().max_record_bytes
    allowed = facts.settings.get("max.message.bytes", largest)
    if allowed < largest:
        yield warning(
            CHECK,
            f"{topic.name} accepts records up to {allowed:,} bytes, but the receiver makes records "
            f"up to {largest:,}",
            "raise its max.message.bytes, or lower BLUETICK_MAX_RECORD_BYTES",
        )


def _shape(topic: Topic, facts: TopicFacts) -> str:
    shape = f"{counted(facts.partitions, 'partition')}, {counted(facts.replicas, 'replica')}"
    retention = facts.settings.get("retention.ms", -1)
    kept = f", kept {retention / DAY_MS:,.1f} days" if retention >= 0 else ""
    return f"{topic.name}: {shape}{kept}"
