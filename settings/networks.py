"""Networks in the configuration, written as 192.0.2.0/24 or as a single address."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from pydantic import BeforeValidator

Network = IPv4Network | IPv6Network


def _network(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return ip_network(value)
    except ValueError as error:
        raise ValueError(f"{error}: write an address or a network, such as 192.0.2.0/24") from None


NetworkSetting = Annotated[Network, BeforeValidator(_network)]
