"""Spans by OpenTelemetry, sent by OTLP/HTTP. Loaded only where a collector is named (`tracing`).

Attributes follow OpenTelemetry's semantic conventions for HTTP, messaging and CloudEvents. None is
a name, a title or a number of a person: a case's id, and what a message is called.
"""

import asyncio
import re
import threading
from dataclasses import replace
from importlib.metadata import version

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanContext, SpanKind, StatusCode, TraceFlags
from opentelemetry.util.types import AttributeValue

from services.runtime.domain import NotYetError, RefusedError
from services.runtime.streams import Q, Received, Work
from services.runtime.tracing import ASKED

CLOSE_SECONDS = 3
SERVER_ERROR = 500
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


class Spanning:
    """One span: its `traceparent`, and its end."""

    __slots__ = ("_method", "_span", "parent", "traceparent")

    def __init__(self, span: trace.Span, parent: str | None, method: str = "") -> None:
        """Word its context as W3C does."""
        context = span.get_span_context()
        self._span, self.parent, self._method = span, parent, method
        self.traceparent = (
            f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
        )

    def end(self, result: str, error: Exception | None) -> None:
        """Note a decision's result."""
        if error is None:
            self._span.set_attribute("fuyuan.result", result)
        else:
            self._span.set_attribute("error.type", type(error).__name__)
            if not isinstance(error, RefusedError | NotYetError):
                self._span.set_status(StatusCode.ERROR)
        self._span.end()

    def answered(self, status: int, route: str) -> None:
        """Note a request's status, and its route without what was filled in."""
        self._span.set_attribute("http.response.status_code", status)
        if route:
            self._span.set_attribute("http.route", route)
            self._span.update_name(f"{self._method} {route}")
        if status >= SERVER_ERROR:
            self._span.set_status(StatusCode.ERROR)
        self._span.end()


class Spans:
    """A service's tracer (`tracing.Tracer`). `OTEL_TRACES_SAMPLER` and the like are the SDK's."""

    def __init__(self, service: str, endpoint: str) -> None:
        """Start the thread that sends."""
        about = {"service.name": f"fuyuan-{service}", "service.namespace": "fuyuan",
                 "service.version": version("fuyuan-contracts")}  # fmt: skip
        self._provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint.rstrip("/") + "/v1/traces")
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("fuyuan")

    def asked(self, work: Work[Q]) -> Work[Q]:
        """Give a command as one that belongs to the request it came with."""
        asked = ASKED.get()
        return work if work.traceparent or not asked else replace(work, traceparent=asked)

    def deciding(self, work: Work[Q], parent: str | None, received: Received | None) -> Spanning:
        """Begin the span of a decision, with a link to what it came with from another trace."""
        given = _context_of(work.traceparent)
        links = [Link(given)] if given and work.traceparent != parent else []
        if received is None:
            about: dict[str, AttributeValue] = {"fuyuan.subject": work.subject}
            name = f"decide {type(work.input).__name__}"
            return self._begin(name, SpanKind.INTERNAL, parent, about, links)
        envelope, queue = received.envelope, received.source.queue
        conversation = envelope.correlationid or envelope.subject
        about = {
            "messaging.system": "rabbitmq",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": queue,
            "messaging.message.id": envelope.id,
            "messaging.message.conversation_id": conversation,
            "cloudevents.event_id": envelope.id,
            "cloudevents.event_source": envelope.source,
            "cloudevents.event_type": envelope.type,
            "fuyuan.subject": work.subject,
        }
        if conversation.startswith("c"):  # otherwise a project
            about["fuyuan.case"] = conversation
        return self._begin(f"process {queue}", SpanKind.CONSUMER, parent, about, links)

    def answering(self, method: str, case: str, parent: str) -> Spanning:
        """Begin the span of a request, in the trace it names or in a new one."""
        about: dict[str, AttributeValue] = {"http.request.method": method}
        if case:
            about["fuyuan.case"] = case
        return self._begin(method, SpanKind.SERVER, parent, about)

    def _begin(
        self,
        name: str,
        kind: SpanKind,
        parent: str | None,
        about: dict[str, AttributeValue],
        links: list[Link] | None = None,
    ) -> Spanning:
        above = _context_of(parent)
        context = trace.set_span_in_context(
            trace.NonRecordingSpan(above) if above else trace.INVALID_SPAN
        )
        span = self._tracer.start_span(name, context, kind, about, links)
        return Spanning(span, parent, str(about.get("http.request.method", "")))

    async def close(self) -> None:
        """Send what is left. A collector that doesn't answer doesn't hold the process's end up."""
        sending = threading.Thread(target=self._provider.shutdown, daemon=True)
        sending.start()
        await asyncio.to_thread(sending.join, CLOSE_SECONDS)


def _context_of(traceparent: str | None) -> SpanContext | None:
    found = _TRACEPARENT.fullmatch(traceparent or "")
    if not found:
        return None
    ids = int(found[1], 16), int(found[2], 16)
    context = SpanContext(*ids, is_remote=True, trace_flags=TraceFlags(int(found[3], 16)))
    return context if context.is_valid else None
