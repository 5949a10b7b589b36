"""The receiver's real endpoints in this process, at each privacy level; only Kafka is left out."""

from __future__ import annotations

import asyncio
import base64
import logging
import traceback
from dataclasses import dataclass

from starlette.types import Message, Receive, Scope, Send

from producer.http.app import ByPlace
from producer.http.middleware import Guard
from producer.http.webhooks import Webhooks
from producer.kafka.acknowledgement import Outgoing
from producer.kafka.publisher import Publisher
from producer.metrics import Metrics
from schemas.codec import Encoder
from schemas.topics import TOPICS
from settings.dialects import AUTO, DIALECTS
from settings.limits import Limits
from settings.sources import Config
from tests.fuzz.bodies import SIGNED, Posted
from tests.support.records import REGISTRY

LEVELS = ("full", "pseudonymous", "minimal")
PERSON = {"username": "bluetick", "password": "password"}
BASIC = "Basic " + base64.b64encode(b"bluetick:password").decode()
OWN_KEYS = {
    "app_secrets": ["a-secret"],
    "public_url": "https://hooks.example.com/webhooks",
    "topic_arn": "arn:aws:sns:eu-west-1:123456789012:whatsapp",
}


def config_of(level: str) -> Config:
    """A source of each dialect, with and without a business number, and with a signature."""
    sources = {"open": {"auth": "none"}, "open-number": {"auth": "none", "business_number": "1555"}}
    for name in (AUTO, *DIALECTS):
        sources[name] = {"dialect": name, "auth": "basic", **PERSON}
        sources[f"{name}-number"] = {**sources[name], "business_number": "+1 (555) 000-1111"}
    for name in SIGNED:
        keys = {key: OWN_KEYS[key] for key in DIALECTS[name].signature_needs or ()}
        # With a certificate of its own, nothing is fetched.
        own = {"certificates": ["-----BEGIN CERTIFICATE-----"]} if "topic_arn" in keys else {}
        sources[f"signed-{name}"] = {"dialect": name, "auth": "signature", **keys, **own}
    key = {} if level == "full" else {"key_id": "k1", "keys": {"k1": "0123456789abcdef" * 4}}
    return Config.model_validate({"sources": sources, "privacy": {"level": level, **key}})


class Collecting(Publisher):
    """The publisher whose records are kept here instead of in Kafka."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__("", None, Limits(), metrics)
        self.encoders = {topic: Encoder(topic, REGISTRY) for topic in TOPICS}
        self.trouble = None
        self.records: list[Outgoing] = []

    async def publish(self, records: list[Outgoing]) -> None:
        self.records += records
        records.clear()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a POST led to: status and body of the answer, the records, and logged errors."""

    status: int
    body: bytes
    records: list[Outgoing]
    errors: str


class Endpoint(logging.Handler):
    """Calls the application as a server does."""

    def __init__(self, level: str) -> None:
        super().__init__(logging.ERROR)
        config = config_of(level)
        metrics = Metrics(config.sources)
        self._publisher = Collecting(metrics)
        webhooks = Webhooks(config, self._publisher, Limits(), metrics)
        places = {"/webhooks": Guard(webhooks.serve, 1), "/sends": Guard(webhooks.serve_sends, 1)}
        self._app = ByPlace(places, _nothing)
        self._loop = asyncio.new_event_loop()
        self._errors: list[str] = []

    def close(self) -> None:
        """Ends the event loop."""
        self._loop.close()
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self._errors += traceback.format_exception(error) if error else [record.getMessage()]

    def post(self, posted: Posted) -> Answer:
        """What the receiver answers and publishes. Raises whatever escapes from it."""
        self._publisher.records, self._errors = [], []
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": posted.body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        log = logging.getLogger("bluetick")
        log.addHandler(self)
        try:
            self._loop.run_until_complete(self._app(_scope(posted), receive, send))
        finally:
            log.removeHandler(self)
        body = b"".join(message.get("body", b"") for message in sent[1:])
        return Answer(sent[0]["status"], body, self._publisher.records, "".join(self._errors))


def _scope(posted: Posted) -> Scope:
    headers = {"authorization": BASIC, "content-length": str(len(posted.body)), **posted.headers}
    return {
        "type": "http",
        "method": "POST",
        "path": posted.path,
        "query_string": b"",
        "client": ("127.0.0.1", 1),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
    }


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    raise AssertionError(f"no endpoint is at {scope['path']}")
