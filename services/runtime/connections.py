"""Connections that are slow, too many, or speak no HTTP: what uvicorn itself leaves open.

uvicorn waits for ever for the head of a request, on a new connection and once the next one has
begun; and it answers what is no HTTP in plain text.
"""

import asyncio
from typing import Any

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from services.runtime.http import FieldError, Problem, problem_response
from services.runtime.settings import Settings

MAX_HEAD_BYTES = 32 * 1024
KEEP_ALIVE_SECONDS = 15
"""How long a connection may be open and idle; longer than clients here keep theirs unused (5 s)."""


class Connection(H11Protocol):
    """A connection whose requests' heads must come in time."""

    head_seconds = 10.0
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._no_more_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take some bytes: the head is complete, or goes on, or has just begun."""
        super().data_received(data)
        if self._under_way():
            self._no_more_waiting()
        elif self._late is None:
            self._wait_for_head()

    def on_response_complete(self) -> None:
        """Go on with what has come of the next request meanwhile."""
        super().on_response_complete()
        begun = not self.transport.is_closing() and self.conn.trailing_data[0]
        if begun and self._late is None and not self._under_way():
            self._wait_for_head()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP."""
        self._end_with(Problem(400, "not a valid HTTP request", [FieldError("request", msg)]))

    def _under_way(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait_for_head(self) -> None:
        self._late = self.loop.call_later(self.head_seconds, self._give_up)

    def _no_more_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        self._late = None
        if self._under_way() or self.transport.is_closing():
            return
        if not self.conn.trailing_data[0]:
            self.transport.close()
            return
        wrong = [FieldError("request", f"expected its head within {self.head_seconds:g} s")]
        self._end_with(Problem(408, "the request did not come in time", wrong))

    def _end_with(self, problem: Problem) -> None:
        response = problem_response(problem)
        headers = [*response.raw_headers, (b"connection", b"close")]
        events: list[Any] = [
            h11.Response(status_code=problem.status, headers=headers),
            h11.Data(data=bytes(response.body)),
            h11.EndOfMessage(),
        ]
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            for event in events:
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def config_of(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """Say how a service is served."""
    protocol = type("Connection", (Connection,), {"head_seconds": settings.header_seconds})
    return uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        http=protocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        # uvicorn's own default believes everybody on this machine
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        limit_concurrency=settings.http_connections,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(settings.drain_seconds),
    )
