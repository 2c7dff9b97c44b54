"""Bodies of requests: how large, in which time, of which type, and strictly JSON."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.runtime import strict_json
from services.runtime.http import UNREADABLE, FieldError, Problem, problem_response

JSON = "application/json"
CLOSE = {"Connection": "close"}
"""The rest of a body that isn't read must not be taken for the next request."""

LENGTHS = {b"content-length", b"transfer-encoding"}
"""A request with both has two ends, and a proxy may see the other one (RFC 9112, 6.1)."""


@dataclass(frozen=True)
class Bodies:
    """What bodies a service takes."""

    limits: Mapping[str, int]
    """Path → bytes; `""` for others."""
    media: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Path (a regular expression) → the types its body may have, where that isn't JSON."""
    streamed: str = ""
    """Paths (a regular expression) whose routes read, limit and check their bodies themselves."""
    seconds: float = 30
    """In which a body must have come in."""
    idle_seconds: float = 20
    """How long nothing may come of a streamed one."""


class RequestBodies:
    """ASGI middleware: reads a body before its route does, and refuses it if it must.

    Answers 400 for JSON that isn't strict, 408 for what doesn't come in time, 413 for what is over
    its path's limit, whatever length it claims, 415 for another type than the route takes.
    """

    def __init__(self, app: ASGIApp, bodies: Bodies) -> None:
        """Keep what is taken."""
        self.app, self.bodies = app, bodies
        self.streamed = re.compile(bodies.streamed)
        self.media = [(re.compile(path), types) for path, types in bodies.media.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its body read and checked."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif dict(scope["headers"]).keys() >= LENGTHS:
            await problem_response(_two_lengths())(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
        elif self.streamed.fullmatch(scope["path"]):
            await self.app(scope, _hurried(receive, self.bodies.idle_seconds), send)
        else:
            await self._whole(scope, receive, send)

    async def _whole(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self.bodies.limits.get(scope["path"], self.bodies.limits[""])
        try:
            async with asyncio.timeout(self.bodies.seconds):
                body = await _read(receive, limit)
            if body is None:
                return
            self._check(scope, body)
        except TimeoutError:
            await problem_response(_late(f"expected all of it within {self.bodies.seconds:g} s"))(
                scope, receive, send
            )
        except Problem as problem:
            await problem_response(problem)(scope, receive, send)
        else:
            await self.app(scope, _replay(body, receive), send)

    def _check(self, scope: Scope, body: bytes) -> None:
        if not body:
            return
        wanted = next(
            (types for path, types in self.media if path.fullmatch(scope["path"])), (JSON,)
        )
        given = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1")
        plain = given.partition(";")[0].strip().lower()
        if wanted and plain not in wanted:
            expected = f"expected {' or '.join(wanted)}"
            wrong = [FieldError("Content-Type", expected)]
            raise Problem(415, f"the body must be {' or '.join(wanted)}", wrong)
        if plain == JSON:
            try:
                strict_json.check(body)
            except strict_json.StrictError as error:
                wrong = [FieldError(error.field, error.message)]
                raise Problem(400, UNREADABLE, wrong) from error


async def _read(receive: Receive, limit: int) -> bytes | None:
    """Read a body to its end, None when its sender is gone. Raises Problem 413."""
    body = bytearray()
    more = True
    while more and len(body) <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if len(body) > limit:
        wrong = [FieldError("body", "too large")]
        raise Problem(413, f"the body is over {limit} bytes", wrong, CLOSE)
    return bytes(body)


def _hurried(receive: Receive, seconds: float) -> Receive:
    """Raise Problem 408 in the route that waits too long for the next piece."""
    complete = False

    async def next_piece() -> Message:
        nonlocal complete
        if complete:  # what is awaited now is that the client goes away
            return await receive()
        try:
            async with asyncio.timeout(seconds):
                message = await receive()
        except TimeoutError:
            raise _late(f"nothing more came within {seconds:g} s") from None
        complete = not message.get("more_body", False)
        return message

    return next_piece


def _two_lengths() -> Problem:
    wrong = [FieldError("Transfer-Encoding", "expected no Content-Length beside it")]
    return Problem(400, "where the body ends is said twice", wrong, CLOSE)


def _late(why: str) -> Problem:
    return Problem(408, "the body did not come in time", [FieldError("body", why)], CLOSE)


def _replay(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again
