"""The address of a client, with and without proxies."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from producer.http.clients import Clients, group_of, within

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def address(peer: str, *forwarded: str, proxies: bool = True) -> str:
    headers = [(b"x-forwarded-for", text.encode()) for text in forwarded]
    scope = {"client": (peer, 1), "headers": headers}
    return Clients(PROXIES if proxies else ()).address(scope)


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),  # not a proxy: the header means nothing
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("::ffff:10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["1.1.1.1, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),  # 1.1.1.1 is made up
        ("10.0.0.1", ["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["1.1.1.1, unknown, 10.0.0.2"], "10.0.0.2"),
        ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
        ("10.0.0.1", ["203.0.113.9, \xff"], "10.0.0.1"),
    ],
)
def test_only_trusted_proxies_name_the_client(
    peer: str, forwarded: list[str], expected: str
) -> None:
    assert address(peer, *forwarded) == expected
    assert address(peer, *forwarded, proxies=False) == peer


def test_networks_have_addresses_of_both_kinds() -> None:
    assert within("10.1.2.3", PROXIES)
    assert within("::ffff:10.1.2.3", PROXIES)
    assert not within("11.1.2.3", PROXIES)
    assert not within("testclient", PROXIES)


def test_limits_count_ipv6_by_64_bits() -> None:
    assert group_of("2001:db8::1") == group_of("2001:db8::ffff:1") != group_of("2001:db8:0:1::1")
    assert group_of("::ffff:192.0.2.1") == group_of("192.0.2.1") != group_of("192.0.2.2")
