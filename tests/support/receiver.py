"""A receiver for tests: real HTTP on a free port, in a thread or in its own process."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

import httpx

from bluetick.local.parent_death import ends_with_parent
from producer.http.listeners import listen_on_both
from producer.http.server import Server
from settings.limits import Limits
from settings.sources import Config
from tests.support.waiting import wait_for

HOST = "127.0.0.1"
SECRET = "a-secret"
OLD_SECRET = "the-secret-before"
VERIFY_TOKEN = "a-verify-token"
TOKEN = "a-token"
PASSWORD = "päss:word"
PUBLIC_URL = "https://hooks.example.com/bluetick/webhooks/twilio"  # of a proxy
JSON = {"Content-Type": "application/json"}

CONFIG = Config.model_validate(
    {
        "sources": {
            "meta": {
                "dialect": "cloud",
                "auth": "hmac",
                "app_secrets": [OLD_SECRET, SECRET],
                "verify_token": VERIFY_TOKEN,
            },
            "positus": {
                "dialect": "onprem",
                "auth": "header",
                "header": "X-Webhook-Token",
                "token": TOKEN,
                "business_number": "15550001111",
            },
            "legacy": {
                "dialect": "onprem",
                "auth": "basic",
                "username": "bluetick",
                "password": PASSWORD,
                "business_number": "15550001111",
            },
            "sns": {
                "dialect": "aws",
                "auth": "basic",
                "username": "bluetick",
                "password": PASSWORD,
            },
            "twilio": {
                "dialect": "twilio",
                "auth": "signature",
                "app_secrets": [OLD_SECRET, SECRET],
                "public_url": PUBLIC_URL,
            },
            "azure": {
                "dialect": "azure",
                "auth": "header",
                "header": "X-Webhook-Token",
                "token": TOKEN,
            },
            "open": {"auth": "none", "reply": "status-json"},
        }
    }
)


def signature(body: bytes, secret: str = SECRET) -> str:
    """The X-Hub-Signature-256 header of a body."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The headers of an authentic JSON POST to the source `meta`."""
    return JSON | {"X-Hub-Signature-256": signature(body, secret)}


@dataclass
class Receiver:
    """The address of a receiver, and a client for it."""

    port: int
    client: httpx.Client
    admin: httpx.Client

    def post(self, body: bytes, *, source: str = "meta", **headers: str) -> httpx.Response:
        """POSTs with a valid signature; `headers` replace the usual ones (`_` for `-`)."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/webhooks/{source}", content=body, headers=signed(body) | given)

    def ready(self) -> bool:
        return self.client.get("/readyz").status_code == 200

    def metric(self, line: str) -> float:
        """One sample of /metrics, by its name and labels as scraped; 0 if there is none."""
        for found in self.admin.get("/metrics").text.splitlines():
            if found.startswith(line + " "):
                return float(found.rpartition(" ")[2])
        return 0.0


@contextmanager
def receiver(
    bootstrap: str,
    *,
    registry_url: str | None = None,
    limits: Limits | None = None,
    config: Config = CONFIG,
    wait: bool = True,
) -> Iterator[Receiver]:
    """A receiver in a thread of this process, ready unless `wait` is false."""
    server = Server(
        config,
        listen_on_both(HOST, 0, HOST, 0),
        bootstrap=bootstrap,
        registry_url=registry_url,
        limits=limits or Limits(),
    )
    thread = threading.Thread(target=server.serve_until_stopped)
    thread.start()
    try:
        with _client(server.port) as client, _client(server.admin_port) as admin:
            found = Receiver(server.port, client, admin)
            wait_for(found.ready if wait else lambda: server.started)
            yield found
    finally:
        server.should_exit = True
        thread.join()


PROCESS = """
import json, sys
from settings.limits import Limits
from producer.http.listeners import listen_on_both
from producer.http.server import serve
from settings.sources import Config
config, bootstrap, limits = json.loads(sys.argv[1])
sys.exit(serve(
    Config.model_validate(config), listen_on_both("127.0.0.1", 0, "127.0.0.1", 0),
    bootstrap=bootstrap, limits=Limits(**limits),
    on_listening=lambda *ports: print(*ports, flush=True),
))
"""


@dataclass
class ReceiverProcess(Receiver):
    """A receiver that can be measured and killed."""

    process: subprocess.Popen[str]

    def resident(self) -> int:
        """Bytes of memory of the process."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def log(self) -> str:
        """The whole log, after the end of the process."""
        assert self.process.stderr is not None
        return self.process.stderr.read()


@contextmanager
def receiver_process(
    bootstrap: str, *, limits: Limits | None = None, config: Config = CONFIG
) -> Iterator[ReceiverProcess]:
    """A receiver in its own process, ready; killed at the end if it is still running."""
    limits = replace(limits or Limits(), drain_seconds=0)  # nothing looks at /readyz meanwhile
    arguments = json.dumps([config.model_dump(), bootstrap, asdict(limits)])
    process = subprocess.Popen(
        ends_with_parent([sys.executable, "-c", PROCESS, arguments]),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process:
        try:
            port, admin_port = map(int, process.stdout.readline().split())
            with _client(port) as client, _client(admin_port) as admin:
                found = ReceiverProcess(port, client, admin, process)
                wait_for(found.ready)
                yield found
        finally:
            process.kill()


def _client(port: int) -> httpx.Client:
    # Several threads share the client. A pool with a limit closes idle connections, and could
    # close one that another thread has just received ("Bad file descriptor").
    unlimited = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    return httpx.Client(
        base_url=f"http://{HOST}:{port}",
        timeout=120,
        trust_env=False,
        verify=False,  # over plain HTTP, so it need not read the certificates of all authorities
        limits=unlimited,
    )
