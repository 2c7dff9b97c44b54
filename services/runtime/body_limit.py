"""A limit on the bodies of requests, by path."""

import re
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

TooLarge = Callable[[int], Callable[[Scope, Receive, Send], Awaitable[None]]]
"""Makes the answer to a body over so many bytes."""


class BodyLimit:
    """ASGI middleware: refuses a body over its path's limit (413), whatever length it claims."""

    def __init__(
        self, app: ASGIApp, limits: dict[str, int], too_large: TooLarge, streamed: str = ""
    ) -> None:
        """Keep the limits: path → bytes, `""` for others; paths `streamed` (regex) limit theirs."""
        self.app, self.limits, self.streamed = app, limits, re.compile(streamed)
        self.too_large = too_large

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, reading its body first, up to the limit."""
        bodiless = scope["type"] != "http" or scope["method"] in ("GET", "HEAD")
        if bodiless or self.streamed.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        limit = self.limits.get(scope["path"], self.limits[""])
        body = bytearray()
        more = True
        while more and len(body) <= limit:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if len(body) > limit:
            await self.too_large(limit)(scope, receive, send)
            return
        await self.app(scope, _replay(bytes(body), receive), send)


def _replay(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again
