"""The broker: is it the one the warehouse was landed from?"""

from __future__ import annotations

from bluetick.doctor.cluster import Cluster
from bluetick.doctor.finding import Finding, counted, ok, problem
from bluetick.doctor.partition_counts import Account

CHECK = "broker"


def broker(cluster: Cluster, live: list[Account]) -> Finding:
    """`live` are the warehouse's accounts that are not retired; none where it cannot be read."""
    what = (
        f"cluster {cluster.cluster_id} at {cluster.bootstrap}, {counted(cluster.brokers, 'broker')}"
    )
    others = sorted({account.log.cluster_id for account in live} - {cluster.cluster_id})
    if others:
        return problem(
            CHECK,
            f"{what}, but the warehouse was landed from {', '.join(others)}",
            "name the right Kafka in KAFKA_BOOTSTRAP_SERVERS, or if the change is meant, start "
            "once with `bluetick land --accept-new-log`",
        )
    return ok(CHECK, what)
