"""Check that records do not cross a network unencrypted, or without a proof of who sends them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from bluetick.doctor.finding import Finding, ok, warning
from settings.kafka import client_config, variable

CHECK = "broker"
PLAIN = "PLAINTEXT"
WITH_TLS = ("SSL", "SASL_SSL")


def kafka_security(bootstrap: str, hosts: Iterable[str] = ()) -> Iterator[Finding]:
    """Findings about the connection to the Kafka at `bootstrap`, whose brokers are at `hosts`."""
    config = client_config(bootstrap)
    protocol = str(config.get("security.protocol", PLAIN))
    far = sorted({host for host in (*_hosts(bootstrap), *hosts) if not _is_here(host)})
    if not far:
        return
    where = ", ".join(far)
    if protocol not in WITH_TLS:
        yield warning(
            CHECK,
            f"records and passwords cross the network to {where} unencrypted ({protocol})",
            f"give Kafka a listener with SASL_SSL, and set {variable('security.protocol')}",
        )
    if protocol == PLAIN or (protocol == "SSL" and "ssl.certificate.location" not in config):
        yield warning(
            CHECK,
            f"the Kafka at {where} does not ask who reads and writes",
            "use SASL_SSL or client certificates, and ACLs: docs/production.md has the least ones",
        )
    elif protocol in WITH_TLS:
        yield ok(CHECK, f"{protocol} to {where}")


def _hosts(bootstrap: str) -> list[str]:
    addresses = [address.strip().rpartition("//")[2] for address in bootstrap.split(",")]
    return [address.rpartition(":")[0].strip("[]") for address in addresses if address]


def _is_here(host: str) -> bool:
    """Whether this is a loopback address; other names may be anywhere."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
