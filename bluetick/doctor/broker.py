"""Check that the broker is the one whose events are in the warehouse."""

from __future__ import annotations

from bluetick.doctor.cluster import ClusterFacts
from bluetick.doctor.finding import Finding, counted, ok, problem
from bluetick.doctor.partition_counts import Account

CHECK = "broker"


def broker(cluster: ClusterFacts, live: list[Account]) -> Finding:
    """`live`: accounts in use; empty if the warehouse cannot be read."""
    what = (
        f"cluster {cluster.cluster_id} at {cluster.bootstrap}, {counted(cluster.brokers, 'broker')}"
    )
    others = sorted({account.log.cluster_id for account in live} - {cluster.cluster_id})
    if others:
        return problem(
            CHECK,
            f"{what}, but the warehouse holds events of {', '.join(others)}",
            "set KAFKA_BOOTSTRAP_SERVERS to the right Kafka; if you mean to change it, start once "
            "with `bluetick land --accept-new-log`",
        )
    return ok(CHECK, what)
