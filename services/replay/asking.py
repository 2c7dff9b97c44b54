"""Everybody around the system, over HTTP, each with an own key; patient while it restarts."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

from services.client import Client, ClientError
from services.replay.deployment import Keeper

PATIENCE_SECONDS = 240
"""How long a service may be away."""
AGAIN_SECONDS = 0.3
AWAY = (0, 429, 500, 502, 503, 504)
NOT_YET = (404,)
"""What was said before may still be on its way."""
T = TypeVar("T")


class ReplayError(Exception):
    """The replay can't go on; the text says what is missing, for a person."""


@dataclass
class People:
    """Who asks what, by name: `filer:court.410500`, `liaison:410500`, `operator`."""

    keeper: Keeper
    _clients: dict[str, Client] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, path: str, service: str, **params: Any) -> Any:  # noqa: ANN401 - JSON
        """GET as the operator, patiently."""
        client = self.client("operator")
        return self.patiently(
            f"GET {path} of {service}", lambda: client.get(service, path, **params)
        )

    def client(self, name: str) -> Client:
        """Give somebody's client; their key is made when it is first needed."""
        with self._lock:
            if name not in self._clients:
                self._clients[name] = self.patiently(f"a key for {name}", lambda: self._make(name))
            return self._clients[name]

    def _make(self, name: str) -> Client:
        local, (role, _, scope) = self.keeper.local, name.partition(":")
        if role == "operator":
            return local.operator()
        return local.client(role, **{"division" if role == "liaison" else "office": scope})

    def patiently(
        self, what: str, ask: Callable[[], T], *, also: tuple[int, ...] = (), seconds: float = 0
    ) -> T:
        """Ask again while the service is away (`also`: while it doesn't know yet).

        Raises ReplayError when it says no, or is away for too long.
        """
        deadline = time.monotonic() + (seconds or PATIENCE_SECONDS)
        while True:
            self.keeper.check()
            try:
                return ask()
            except ClientError as error:
                if error.status not in (*AWAY, *also) or time.monotonic() > deadline:
                    raise ReplayError(f"{what}: {error}") from error
            time.sleep(AGAIN_SECONDS)


def at_once(works: Sequence[Callable[[], None]], threads: int) -> None:
    """Do some work, a few pieces at the same time. Raises what the first to fail raises."""
    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(work) for work in works]
        done, pending = wait(futures, return_when=FIRST_EXCEPTION)
        for future in pending:
            future.cancel()
        for future in done:
            future.result()
