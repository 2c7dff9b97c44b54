"""Sending to a webhook: only ever to an address that was checked, and in bounded time and size.

The name is resolved and judged at each connection, and the connection goes to the very address
that was judged: a name that changes its mind in between (DNS rebinding) gains nothing. Redirects
aren't followed, no proxy is asked, an answer is read up to a bound.
"""

import asyncio
import json
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpcore

from services.notices.addresses import Endpoint, Policy, choose, endpoint
from services.notices.messages import Answer
from services.runtime.domain import RefusedError

RESOLVERS = 16
"""Names looked up at once; a slow name server holds up no more than its own subscribers."""
GONE = 410
OK = range(200, 300)
REDIRECTS = range(300, 400)

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
_SocketOptions = Iterable[
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how much."""

    connect_seconds: float = 3
    whole_seconds: float = 10
    answer_bytes: int = 16_384


class Resolver:
    """The system's resolver, in threads of its own."""

    def __init__(self) -> None:
        """Start no thread yet."""
        self._threads = ThreadPoolExecutor(RESOLVERS, "resolve")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Give the addresses of a name, each once. Raises OSError when it has none."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(item[4][0]) for item in found))


class Guard:
    """Tells the addresses a URL's host may be reached at."""

    def __init__(self, policy: Policy, resolve: Resolve, seconds: float) -> None:
        """Judge by `policy`; a lookup may take `seconds`."""
        self._policy = policy
        self._resolve = resolve
        self._seconds = seconds

    def endpoint(self, url: str) -> Endpoint:
        """Take a URL apart. Raises RefusedError naming `url`."""
        return endpoint(url, self._policy)

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """Look a name up and judge what it leads to. Raises RefusedError naming `url`."""
        try:
            async with asyncio.timeout(self._seconds):
                found = await self._resolve(host, port)
        except TimeoutError:
            raise RefusedError("the name could not be looked up in time", "url") from None
        except (OSError, UnicodeError):
            raise RefusedError("the name can't be found", "url") from None
        return choose(found, self._policy)


class _Pinned(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses only; TLS goes on being checked for the name."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._real = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's
        local_address: str | None = None,
        socket_options: _SocketOptions | None = None,
    ) -> httpcore.AsyncNetworkStream:
        error: Exception = httpcore.ConnectError("no address")
        for address in await self._guard.addresses(host, port):
            try:
                return await self._real.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
        raise error


class Webhooks:
    """Posts bodies to endpoints."""

    def __init__(self, guard: Guard, patience: Patience, tls: ssl.SSLContext) -> None:
        """Send through `guard`, with `patience`."""
        self.guard = guard
        self._patience = patience
        self._tls = tls

    async def post(
        self, url: str, body: bytes, headers: dict[str, str], challenge: str | None = None
    ) -> Answer:
        """Send a body; with a `challenge`, only an answer that repeats it is a good one."""
        try:
            self.guard.endpoint(url)  # a stricter setting holds for old subscriptions, too
            async with asyncio.timeout(self._patience.whole_seconds):
                status, text = await self._exchange(url, body, headers)
        except RefusedError as error:
            return Answer(ok=False, said=f"not sent: {error.message}")
        except TimeoutError:
            return Answer(ok=False, said=f"no answer in {self._patience.whole_seconds:g} s")
        except httpcore.TimeoutException as error:
            return Answer(ok=False, said=f"timed out: {type(error).__name__}")
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as error:
            return Answer(ok=False, said=f"{type(error).__name__}: {error}"[:200])
        return _judge(status, text, challenge)

    async def _exchange(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        patience = self._patience
        timeouts = dict.fromkeys(("read", "write", "pool"), patience.whole_seconds)
        timeouts["connect"] = patience.connect_seconds
        async with httpcore.AsyncConnectionPool(
            ssl_context=self._tls, max_connections=1, network_backend=_Pinned(self.guard)
        ) as pool:
            own = {"Host": self._host(url), "Content-Length": str(len(body)), "Connection": "close"}
            sent = [*own.items(), *headers.items()]
            async with pool.stream(
                "POST", url, headers=sent, content=body, extensions={"timeout": timeouts}
            ) as response:
                text = b""
                async for part in response.aiter_stream():
                    text += part
                    if len(text) > patience.answer_bytes:
                        break
                return response.status, text[: patience.answer_bytes]

    def _host(self, url: str) -> str:
        found = self.guard.endpoint(url)
        host = f"[{found.host}]" if ":" in found.host else found.host
        usual = {"https": 443, "http": 80}[found.scheme]
        return host if found.port == usual else f"{host}:{found.port}"


def _judge(status: int, text: bytes, challenge: str | None) -> Answer:
    if status == GONE:
        return Answer(ok=False, said="410: it wants no more", status=status, gone=True)
    if status in REDIRECTS:
        return Answer(ok=False, said=f"{status}: redirects are not followed", status=status)
    if status not in OK:
        return Answer(ok=False, said=f"answered {status}", status=status)
    if challenge is not None and not _repeats(text, challenge):
        return Answer(ok=False, said="did not answer with the challenge", status=status)
    return Answer(ok=True, said=f"answered {status}", status=status)


def _repeats(text: bytes, challenge: str) -> bool:
    """Look for the challenge: as the whole answer, or as the field `challenge` of a JSON object."""
    said = text.decode("utf-8", "replace").strip()
    if said == challenge:
        return True
    try:
        document = json.loads(said)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("challenge") == challenge
