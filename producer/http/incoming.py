"""A request as the endpoints of webhooks and sends read it."""

from __future__ import annotations

from starlette.types import Receive, Scope


class Incoming:
    """The head of a request, read once, and the way to its body.

    `headers` have names in lower case; if a name occurs again, the first one counts. Starlette's
    own Request searches all headers for each one that is looked up.
    """

    __slots__ = ("headers", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in reversed(scope["headers"])
        }

    @property
    def method(self) -> str:
        """The method, in capitals."""
        return str(self.scope["method"])

    @property
    def name(self) -> str:
        """The last part of the path: the name of a source."""
        return str(self.scope["path"].rpartition("/")[2])

    @property
    def query(self) -> str:
        """The query as sent, without the question mark."""
        return str(self.scope["query_string"].decode("latin-1"))
