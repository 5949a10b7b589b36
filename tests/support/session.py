"""A session of the dashboard without a browser: what it shows, and a click."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.support.ports import HOST

# Seconds that a busy machine may need for one message.
PATIENCE = 300.0
TEXTS = {"heading": "body", "markdown": "body", "metric": "body"}


@dataclass
class Session:
    """One session. `shown` has the texts of its first run, `buttons` their ids by label."""

    socket: ClientConnection
    shown: list[str] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)
    pages: list[str] = field(default_factory=list)  # what the navigation offers
    redirect: str = ""

    @property
    def text(self) -> str:
        """Without what keeps it from being read as Markdown."""
        return "\n".join(self.shown).replace("\\", "").replace("\u2060", "")

    def run(self, click: str | None = None) -> None:
        """Runs the app as a browser asks for it, until it ends."""
        asked = BackMsg()
        asked.rerun_script.query_string = ""
        if click:
            widget = asked.rerun_script.widget_states.widgets.add()
            widget.id, widget.trigger_value = self.buttons[click], True
        self.socket.send(asked.SerializeToString())
        while not self._take(ForwardMsg.FromString(bytes(self.socket.recv(PATIENCE)))):  # type: ignore[arg-type]
            pass

    def _take(self, message: ForwardMsg) -> bool:
        """Keeps what a message shows; returns whether the app has ended."""
        kind = message.WhichOneof("type")
        if kind == "parent_message":
            ended = [self._take(part) for part in message.parent_message.messages]
            return any(ended)
        if kind == "auth_redirect":
            self.redirect = message.auth_redirect.url
        elif kind == "navigation":
            self.pages = [page.page_name for page in message.navigation.app_pages]
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            found = element.WhichOneof("type")
            if found == "button":
                self.buttons[element.button.label] = element.button.id
            elif found in TEXTS:
                self.shown.append(getattr(getattr(element, found), TEXTS[found]))
        return kind == "script_finished"


@contextmanager
def session(
    url: str,
    *,
    headers: Sequence[tuple[str, str]] = (),
    cookies: dict[str, str] | None = None,
    peer: str = HOST,
) -> Iterator[Session]:
    """A new session, from the address `peer` of this machine, after its first run."""
    cookies = cookies or {}
    crumbs = [("Cookie", "; ".join(f"{name}={value}" for name, value in cookies.items()))]
    protocols = ["streamlit", cookies.get("_streamlit_xsrf", "")]
    place = urlsplit(url)
    assert place.port
    connected = socket.create_connection((HOST, place.port), PATIENCE, (peer, 0))
    with connect(
        f"ws://{place.netloc}/_stcore/stream",
        sock=connected,
        origin=url,  # type: ignore[arg-type]
        subprotocols=[Subprotocol(name) for name in protocols if name],
        additional_headers=[*headers, *(crumbs if cookies else ())],
        open_timeout=PATIENCE,
        ping_interval=None,
        max_size=None,
    ) as opened:
        found = Session(opened)
        found.run()
        yield found
