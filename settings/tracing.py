"""Traces of OpenTelemetry from a POST to its rows; off unless BLUETICK_TRACE is `true`.

To make a span takes half as much processor time as a POST. So one POST in a hundred has one, and
the others only ask whether they have.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from settings.errors import BluetickError

if TYPE_CHECKING:
    from opentelemetry.trace import Span

VARIABLE = "BLUETICK_TRACE"
# W3C's name, in which a record carries the span of its POST.
HEADER = "traceparent"
# The share of all POSTs that have a trace, unless OTEL_TRACES_SAMPLER says more.
USUAL_SHARE = 0.01


class TraceError(BluetickError):
    """Traces are wanted and cannot be made; the message says what to do."""


class Tracing:
    """The spans of this process, which a thread sends to a collector by OTLP over HTTP.

    The usual variables of OpenTelemetry (OTEL_…) say where to, and which share of all traces.
    """

    def __init__(self, service: str) -> None:
        """Raises ImportError without the extra `trace`."""
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Decision, TraceIdRatioBased
        from opentelemetry.trace import SpanKind, get_current_span
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        usual = None if os.environ.get("OTEL_TRACES_SAMPLER") else TraceIdRatioBased(USUAL_SHARE)
        # Only asked, before a span is made. What makes the spans takes all that it is given.
        self._sampler, self._ids = TracerProvider(usual).sampler, RandomIdGenerator()
        resource = Resource.create({"service.name": service})
        self._provider = TracerProvider(ALWAYS_ON, resource)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("bluetick")
        self._kinds, self._current = SpanKind, get_current_span
        self._sampled = Decision.RECORD_AND_SAMPLE
        self._propagator = TraceContextTextMapPropagator()

    def chosen(self, route: str) -> bool:
        """Whether the next POST is to have a span."""
        trace_id = self._ids.generate_trace_id()
        result = self._sampler.should_sample(None, trace_id, f"POST {route}")
        return result.decision is self._sampled

    @contextmanager
    def post(self, route: str) -> Iterator[Span]:
        """The span of a POST, which is current within the block."""
        kind = self._kinds.SERVER
        with self._tracer.start_as_current_span(f"POST {route}", kind=kind) as span:
            yield span

    def headers(self) -> dict[str, str]:
        """What a record carries of the current span; empty if there is none."""
        if not self._current().is_recording():
            return {}
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return {name: value for name, value in carrier.items() if name == HEADER}

    def landed(self, parents: Iterable[str], started: int) -> None:
        """A span `land` below each of these, from `started` (nanoseconds since 1970) until now.

        Below one that is not sampled, or is not valid, there is none.
        """
        for parent in parents:
            context = self._propagator.extract({HEADER: parent})
            if self._current(context).get_span_context().trace_flags.sampled:
                span = self._tracer.start_span(
                    "land", context, self._kinds.CONSUMER, start_time=started
                )
                span.end(time.time_ns())

    def close(self) -> None:
        """Sends what is left, and ends the thread."""
        self._provider.shutdown()


def tracing(service: str) -> Tracing | None:
    """The traces of this service, or None if they are off. Raises TraceError."""
    wanted = os.environ.get(VARIABLE) or "false"
    if wanted not in ("true", "false"):
        raise TraceError(f"{VARIABLE} must be true or false")
    if wanted == "false":
        return None
    try:
        return Tracing(service)
    except ImportError:
        raise TraceError(
            f"{VARIABLE} needs a package: `pip install 'bluetick[trace]'`, or unset it"
        ) from None
