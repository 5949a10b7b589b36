"""Until when Kafka may hold records of people who were erased from the warehouse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bluetick.doctor.cluster import ClusterFacts, look
from bluetick.options import Settings
from bluetick.watermarks import BrokerSilent

NOTHING_LANDS = "Nothing in them lands again, but who can read the topics can read them."


def remainder(settings: Settings) -> str:
    """One sentence for the user, from the settings of the topics that the broker reports."""
    if settings.own_kafka is None:
        return "The embedded broker, if it runs, holds their records until `bluetick up` ends."
    try:
        return of_topics(look(settings.bootstrap), datetime.now(UTC))
    except BrokerSilent:
        return (
            "Kafka did not answer: it holds their records until the retention of the topics ends. "
            "`bluetick doctor` shows it."
        )


def of_topics(cluster: ClusterFacts, now: datetime) -> str:
    """The same, for records that were published before `now`."""
    longest = {name: facts.longest_ms for name, facts in cluster.topics.items()}
    if for_good := [name for name, kept in longest.items() if kept is None]:
        return (
            f"Kafka holds their records for good in {', '.join(sorted(for_good))}: set the "
            f"retention.ms of these topics. {NOTHING_LANDS}"
        )
    most = max((kept for kept in longest.values() if kept is not None), default=0)
    until = now + timedelta(milliseconds=most)
    return f"Kafka may hold their records until {until:%Y-%m-%d %H:%M} UTC. {NOTHING_LANDS}"
