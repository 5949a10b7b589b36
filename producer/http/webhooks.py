"""Answers POSTs: `/webhooks/{source}` of providers, and `/sends/{source}` of the sender."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from producer.encode import EncodedPost, Encoders, batch_of
from producer.http import sends
from producer.http.auth import check_body, check_headers, verify_handshake, waits
from producer.http.body import declared_size, read_body
from producer.http.client_share import ShareClaim, ShareUsed
from producer.http.clients import Clients, group_of, within
from producer.http.errors import Refusal, method_not_allowed, unavailable
from producer.http.handshakes import answered, consented
from producer.http.hidden_sources import NO_SOURCE, hidden
from producer.http.incoming import Incoming
from producer.http.memory_budget import Budget, Overdrawn
from producer.http.post_rates import Rates
from producer.http.reply import success
from producer.kafka.acknowledgement import PublishFailed, RecordTooLarge
from producer.kafka.publisher import Publisher
from producer.metrics import Metrics
from producer.privacy import Veil, veil_of
from producer.providers import Post
from schemas.topics import RAW
from settings.dialects import DIALECTS
from settings.limits import Limits
from settings.sources import Config, Source

# Normalising a body of this size or more takes so long that it would delay other requests.
LARGE_BODY_BYTES = 64 * 1024
MANY_ELEMENTS = 2000  # the same for a small body of many tiny elements; counted by their commas
Make = Callable[[bytes, Source, str | None, int, Encoders, Veil | None], EncodedPost]
HUNG_UP = 499  # not a standard status: nobody receives it, but the metrics count it


class Webhooks:
    """The endpoints of all sources, with the same limits for both."""

    def __init__(
        self, config: Config, publisher: Publisher, limits: Limits, metrics: Metrics
    ) -> None:
        self._sources = config.sources
        self._veil = veil_of(config.privacy)
        self._clients = Clients(config.receiver.trusted_proxies)
        self._rates = Rates(config.sources.values())
        self._holders: Counter[str] = Counter()
        self._publisher = publisher
        self._limits = limits
        self._metrics = metrics
        # One thread: more would not be faster, and would keep several large bodies in memory.
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="normalise")
        self.reading = Budget(limits.max_reading_bytes)
        self.posts = Budget(limits.max_publishing_posts)
        self.publishing = Budget(limits.max_publishing_bytes)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI application for a provider: the handshake, or a POST of events. Raises Refusal."""
        request = Incoming(scope, receive)
        if request.method == "POST":
            answer = await self._counted(request)
        elif request.method == "OPTIONS":
            answer = consented(request.headers)
        elif request.method in ("GET", "HEAD"):
            answer = self._verified(request)
        else:
            raise method_not_allowed({"Allow": "GET, HEAD, OPTIONS, POST"})
        await answer(scope, receive, send)

    async def serve_sends(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI application for the sender, who says what they have sent. Raises Refusal."""
        request = Incoming(scope, receive)
        if request.method != "POST":
            raise method_not_allowed({"Allow": "POST"})
        answer = await self._counted(request, of_sender=True)
        await answer(scope, receive, send)

    def _source(self, request: Incoming) -> Source:
        return self._sources.get(request.name, NO_SOURCE)

    def _verified(self, request: Incoming) -> Response:
        source = self._source(request)
        try:
            challenge = verify_handshake(source, QueryParams(request.query))
        except Refusal as refusal:
            raise hidden(refusal, source) from None
        return PlainTextResponse(challenge, headers={"X-Content-Type-Options": "nosniff"})

    async def _counted(self, request: Incoming, of_sender: bool = False) -> Response:
        source = self._source(request)
        started = time.perf_counter()
        status = 503  # what the middleware answers if this raises anything but a Refusal
        try:
            response = await self._receive(source, request, of_sender)
            status = response.status_code
        except Refusal as refusal:
            status = refusal.status
            raise hidden(refusal, source) from None
        finally:
            if source is NO_SOURCE:
                self._metrics.unknown_sources.inc()
            else:
                self._metrics.answered(source.name, status, time.perf_counter() - started)
        return response

    async def _receive(self, source: Source, request: Incoming, of_sender: bool) -> Response:
        received_at = time.time_ns() // 1000
        size = declared_size(request, self._limits)
        client = self._clients.address(request.scope)
        if source.allow and not within(client, source.allow):
            raise Refusal(401, "not_allowed", "its allow has no network with the client's address")
        check_headers(source, request.headers)
        if self._publisher.trouble is not None:
            raise self._closed()
        if not (self.posts.has(1) and self.publishing.has(size)):
            raise self._overloaded()  # before the body is read
        try:
            body = await self._read(request, group_of(client))
        except ClientDisconnect:
            return Response(status_code=HUNG_UP)
        post = Post(request.headers, request.query, body, received_at / 1_000_000)
        await _check_body(source, post)
        self._rates.take(source.name)
        _check_type(request.headers, () if of_sender else _media_types(source))
        if not of_sender and (answer := await answered(source, post)) is not None:
            return answer
        with self.posts.claim() as place, self.publishing.claim() as held:
            try:
                place.take(1)
                held.take(len(body))
            except Overdrawn:
                raise self._overloaded() from None
            make = sends.records_of if of_sender else batch_of
            batch = await self._prepare(make, source, request, body, received_at)
            del body, post  # from here on, only the Kafka client holds it
            if batch.records:  # the sender's list may be empty
                await self._publish(batch)
        self._metrics.accepted(source.name, batch.size)
        self._metrics.published(batch.topics, batch.reasons)
        return sends.accepted(batch) if of_sender else success(source)

    async def _read(self, request: Incoming, client: str) -> bytes:
        most = self._limits.max_reading_bytes_per_address
        with ShareClaim(self.reading, holders=self._holders, client=client, most=most) as claim:
            try:
                return await read_body(request, self._limits, claim)
            except ShareUsed:
                raise Refusal(
                    429,
                    "too_many_bytes",
                    "too many large bodies from this address at once: send it again",
                    {"Retry-After": str(self._limits.retry_after_seconds)},
                ) from None
            except Overdrawn:
                raise self._overloaded() from None

    async def _prepare(
        self, make: Make, source: Source, request: Incoming, body: bytes, received_at: int
    ) -> EncodedPost:
        content_type = request.headers.get("content-type")
        given = (body, source, content_type, received_at, self._publisher.encoders, self._veil)
        if len(body) < LARGE_BODY_BYTES and body.count(b",") < MANY_ELEMENTS:
            batch = make(*given)
        else:
            batch = await asyncio.get_running_loop().run_in_executor(self._aside, make, *given)
        if batch.malformed and source.auth == "none":
            raise Refusal(
                400, "malformed_json", "the body is not valid JSON: correct it and send it again"
            )
        return batch

    async def _publish(self, batch: EncodedPost) -> None:
        try:
            try:
                await self._publisher.publish(batch.records)
            except RecordTooLarge as large:
                if large.topics != {RAW.name}:
                    raise Refusal(
                        413,
                        "record_too_large",
                        "Kafka refused a record for its size: raise max.message.bytes of "
                        f"{', '.join(sorted(large.topics))}",
                    ) from None
                # All events are published; only the copy of the body is not. A dead letter says
                # so. The sender must not repeat the POST, as the body would be refused again.
                batch.note_missing_raw(self._publisher.encoders)
                await self._publisher.publish(batch.records)
        except PublishFailed:
            raise self._closed() from None

    def _closed(self) -> Refusal:
        return unavailable(
            "broker_unavailable",
            "the events cannot be stored at the moment: send them again",
            self._limits.retry_after_seconds,
        )

    def _overloaded(self) -> Refusal:
        return unavailable(
            "overloaded",
            "too many events are waiting to be stored: send it again",
            self._limits.retry_after_seconds,
        )


async def _check_body(source: Source, post: Post) -> None:
    """Raises Refusal. Only a signature that needs the network is checked in a thread."""
    arguments = (source, post.headers, post.body, post.query, post.received_at)
    if waits(source):
        await asyncio.to_thread(check_body, *arguments)
    else:
        check_body(*arguments)


def _media_types(source: Source) -> tuple[str, ...]:
    dialect = DIALECTS.get(source.dialect)
    return dialect.media_types if dialect else ()


def _check_type(headers: Mapping[str, str], others: tuple[str, ...]) -> None:
    """Raises Refusal (415) if the body is not declared as JSON or as one of the `others`.

    Called after authentication, so that unknown senders get no information.
    """
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise Refusal(415, "unsupported_encoding", "send the body without Content-Encoding")
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "application/json" or media_type.endswith("+json"):
        return
    if media_type not in others:
        kinds = " or ".join(("application/json", *others))
        raise Refusal(415, "unsupported_media_type", f"send Content-Type: {kinds}")
