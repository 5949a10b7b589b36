"""The sockets that the receiver listens on."""

from __future__ import annotations

import socket

from settings.errors import BluetickError

BACKLOG = 1024
HOSTS = {
    "receiver": "host",
    "admin": "admin-host",
    "registry": "host",
}  # the options, by what listens there

Listeners = tuple[socket.socket, socket.socket]


class PortTaken(BluetickError):
    """The receiver cannot listen on this address; the message says why and what to do."""


def listen_on_both(host: str, port: int, admin_host: str, admin_port: int) -> Listeners:
    """The sockets for webhooks and for the admin port. Port 0: any free one. Raises PortTaken."""
    first = listen(host, port)
    try:
        return first, listen(admin_host, admin_port, "admin")
    except PortTaken:
        first.close()
        raise


def listen(host: str, port: int, use: str = "receiver", *, share: bool = False) -> socket.socket:
    """Listens on a port; with `share`, beside other sockets that share it. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG, reuse_port=share)
    except socket.gaierror as error:
        raise PortTaken(
            f"cannot listen on {host} ({error.strerror}): give an address with --{HOSTS[use]}"
        ) from None
    except OSError as error:
        raise PortTaken(
            f"cannot listen on {host} port {port} ({error.strerror}): choose another port with "
            f"--{use}-port or BLUETICK_{use.upper()}_PORT"
        ) from None
