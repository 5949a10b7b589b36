"""Who sends: the address of a client, also behind proxies, and the networks it may be in."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.types import Scope

from settings.networks import Network

Address = IPv4Address | IPv6Address


class Clients:
    """Finds the address of the client of a request; headers count only from trusted proxies."""

    def __init__(self, proxies: Sequence[Network] = ()) -> None:
        self._proxies = proxies

    def trusts(self, peer: str) -> bool:
        """Whether this is the address of a trusted proxy."""
        return bool(self._proxies) and within(peer, self._proxies)

    def address(self, scope: Scope) -> str:
        """The client's address: the peer's or, if that is a trusted proxy, the last one in
        X-Forwarded-For that is none. What stands before it may be made up."""
        peer = scope["client"][0] if scope.get("client") else ""
        if not self.trusts(peer):
            return str(peer)
        for hop in reversed(_forwarded(scope)):
            if _parsed(hop) is None:
                break  # not an address: nothing before it can be trusted
            peer = hop
            if not self.trusts(hop):
                break
        return str(peer)


def within(address: str, networks: Sequence[Network]) -> bool:
    """Whether an address is in one of the networks; an IPv4 address may be written as IPv6."""
    found = _parsed(address)
    return found is not None and any(found in network for network in networks)


def group_of(address: str) -> str:
    """What limits are counted by: an IPv4 address, or the first 64 bits of an IPv6 address,
    which one customer of a network usually has for themselves."""
    if ":" not in address:
        return address
    found = _parsed(address)
    return str(int(found) >> 64) if isinstance(found, IPv6Address) else str(found or address)


def _parsed(text: str) -> Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _forwarded(scope: Scope) -> list[str]:
    """The addresses in all X-Forwarded-For headers, in their order."""
    lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return [hop.strip() for hop in b",".join(lines).decode("latin-1").split(",")]
