"""Networks and web addresses in the configuration."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator

Network = IPv4Network | IPv6Network


def _network(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return ip_network(value)
    except ValueError as error:
        raise ValueError(f"{error}: write an address or a network, such as 192.0.2.0/24") from None


# Written as 192.0.2.0/24 or as a single address.
NetworkSetting = Annotated[Network, BeforeValidator(_network)]


def is_web_address(text: str) -> bool:
    """Whether this is an http or https URL with a host."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
