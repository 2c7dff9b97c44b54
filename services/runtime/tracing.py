"""What a service does for traces (OpenTelemetry), where a collector is named; else nothing of it.

Events carry a `traceparent` with or without this. With it each is the span that decided on it, so
that a collector is shown one tree from filing to closing (docs/decisions/0028-tracing.md). The
OpenTelemetry library is loaded by `spans`, which is loaded only here and only then.
"""

from contextvars import ContextVar
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.runtime.access_log import QUIET, case_in
from services.runtime.streams import Q, Received, Work

ASKED: ContextVar[str | None] = ContextVar("asked", default=None)
"""The `traceparent` of the request that is being answered."""


class Span(Protocol):
    """Something that is under way."""

    parent: str | None
    traceparent: str

    def end(self, result: str, error: Exception | None) -> None:
        """Say what became of it: a message's result; an error is named, never worded."""

    def answered(self, status: int, route: str) -> None:
        """Say how a request was answered; `route` with its parameters' names, "" for none."""


class Tracer(Protocol):
    """Begins a service's spans and sends them when they have ended."""

    def asked(self, work: Work[Q]) -> Work[Q]:
        """Give a command as one that belongs to the request it came with."""

    def deciding(self, work: Work[Q], parent: str | None, received: Received | None) -> Span:
        """Begin the span of a decision: on a message, or on a command."""

    def answering(self, method: str, case: str, parent: str) -> Span:
        """Begin the span of a request about `case` ("" for none); `parent`: what it sent, or ""."""

    async def close(self) -> None:
        """Send what is left; gives up after a few seconds."""


def tracer_of(service: str, endpoint: str) -> Tracer | None:
    """Make a service's tracer; None, and nothing is loaded, where no collector is named."""
    if not endpoint:
        return None
    from services.runtime.spans import Spans  # noqa: PLC0415 -- only if wanted

    return Spans(service, endpoint)


class Traced:
    """ASGI middleware: a span a request. Inside, the request's `traceparent` is the span's."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        """Keep the tracer."""
        self.app, self.tracer = app, tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request within its span; probes get none."""
        if scope["type"] != "http" or scope["path"] in QUIET:
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"traceparent", b"").decode("latin-1")
        span = self.tracer.answering(scope["method"], case_in(scope["path"]), given)
        own = (b"traceparent", span.traceparent.encode())
        others = [item for item in scope["headers"] if item[0] != b"traceparent"]
        inner = {**scope, "headers": [*others, own]}
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        token = ASKED.set(span.traceparent)
        try:
            await self.app(inner, receive, watch)
        finally:
            ASKED.reset(token)
            span.answered(status, getattr(inner.get("route"), "path", ""))
