"""Check that the topics exist, were not recreated, and lose nothing by their settings."""

from __future__ import annotations

import os
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
    yield from _kept_too_long(topic, facts)
    largest = Limits.from_environment().max_record_bytes
    allowed = facts.settings.get("max.message.bytes", largest)
    if allowed < largest:
        yield warning(
            CHECK,
            f"{topic.name} accepts records up to {allowed:,} bytes, but the receiver makes records "
            f"up to {largest:,}",
            "raise its max.message.bytes, or lower BLUETICK_MAX_RECORD_BYTES",
        )


def _kept_too_long(topic: Topic, facts: TopicFacts) -> Iterator[Finding]:
    """Findings if records stay in Kafka for longer than somebody who was erased may expect."""
    if facts.settings.get("retention.ms", 0) < 0:
        yield warning(
            CHECK,
            f"{topic.name} keeps its records for good, also of people who were erased",
            "set its retention.ms: what has landed is not read from there again",
        )
    days = os.environ.get(f"BLUETICK_KEEP_{str(topic.table).upper()}_DAYS", "")
    longest = facts.longest_ms
    if days.isdecimal() and longest is not None and longest > int(days) * DAY_MS:
        yield warning(
            CHECK,
            f"{topic.name} keeps records for up to {longest / DAY_MS:,.1f} days, but the table "
            f"{topic.table} keeps rows for {days}",
            "lower its retention.ms or segment.ms, which is how long one file takes records",
        )


def _shape(topic: Topic, facts: TopicFacts) -> str:
    shape = f"{counted(facts.partitions, 'partition')}, {counted(facts.replicas, 'replica')}"
    retention = facts.settings.get("retention.ms", -1)
    longest = facts.longest_ms
    kept = "" if longest is None else f", kept {retention / DAY_MS:,.1f} days"
    if longest is not None and longest > retention:
        kept += f", at most {longest / DAY_MS:,.1f}"
    return f"{topic.name}: {shape}{kept}"
