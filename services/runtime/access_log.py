"""One log line a request: method, path, status, seconds, trace. Never a query, a header, a body."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)
QUIET = ("/live", "/ready", "/metrics")
MAX_PATH = 200


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
            extra = {
                "method": scope["method"],
                "path": scope["path"][:MAX_PATH],
                "status": status,
                "seconds": round(time.perf_counter() - started, 4),
                "trace": dict(scope["headers"]).get(b"traceparent", b"").decode("latin-1")[:60],
            }
            log.info("request", extra=extra)
