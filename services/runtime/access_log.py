"""One log line a request: method, path, status, seconds, trace. Never a query, a header, a body."""

import logging
import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)
QUIET = ("/live", "/ready", "/metrics")
MAX_PATH = 200
_CASE = re.compile(r"/(c[a-z2-7]{24})(?:[./]|$)")

_TRACE = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class AccessLog:
    """ASGI middleware around a service's whole application."""

    def __init__(self, app: ASGIApp) -> None:
        """Keep the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and log how it ended."""
        if scope["type"] != "http" or scope["path"] in QUIET:
            await self.app(scope, receive, send)
            return
        status = 0
        started = time.perf_counter()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            given = dict(scope["headers"]).get(b"traceparent", b"").decode("latin-1")
            # a trace that a route began is noted in the request's state
            trace = scope.get("state", {}).get("trace") or _trace_in(given)
            extra = {
                "method": scope["method"],
                "path": scope["path"][:MAX_PATH],
                "status": status,
                "seconds": round(time.perf_counter() - started, 4),
                "trace": trace,
                "case": case_in(scope["path"]),
            }
            log.info("request", extra=extra)


def _trace_in(header: str) -> str:
    """Take a header for a trace (W3C) if it is one: it may hold anything."""
    return header if _TRACE.fullmatch(header) else ""


def case_in(path: str) -> str:
    """Give the id of the case a path is about; empty for none."""
    found = _CASE.search(path)
    return found[1] if found else ""
