"""What a contestant is to the benchmark, and one round of it."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self

import httpx
import pymongo

from services.stack.daemons import Daemon
from services.stack.secrets import Secrets
from services.stack.servers import Servers
from tests.benchmarks.watching import BROKER, DATABASE, PYTHON, Cost, Pids, watched
from tests.benchmarks.workload import Json, lines

BATCH = 500
"""Filings in one request."""
WARM_UP = 20
STUCK_SECONDS = 60
"""With nothing closed for so long, what isn't closed is lost."""
POLL_SECONDS = 0.1
Told = Callable[[str], None]


@dataclass(frozen=True)
class Place:
    """Where a contestant runs: the same servers for all, a folder of its own."""

    servers: Servers
    secrets: Secrets
    directory: Path

    @classmethod
    def started(cls, directory: Path) -> Self:
        """Start a broker and a database under `directory`."""
        secrets = Secrets.random()
        return cls(Servers.start(directory, secrets, os.environ), secrets, directory)


class Judged(NamedTuple):
    """What became of some cases."""

    lost: int
    """Cases that did not come to their end, with all that had to happen on the way."""
    why: list[str]
    """What is wrong, lost or not, for a person; empty when all is as it should be."""


class Contestant(Protocol):
    """Something that takes cases from filing to closing, running."""

    def file(self, body: bytes) -> list[str]:
        """File JSON Lines; gives the ids of the cases that were accepted."""
        ...

    def closed(self) -> int:
        """Count the cases that have closed, and that are counted as closed by metrics."""
        ...

    def judged(self, accepted: list[str]) -> Judged:
        """Look from outside at what became of cases."""
        ...

    def pids(self) -> list[int]:
        """Give the ids of its processes."""
        ...


Open = Callable[[Place], Any]
"""Starts a contestant: a context manager that gives a Contestant."""


@dataclass
class Round:
    """What one round gave."""

    cases: int
    seconds: float
    lost: int
    cost: Cost
    wrong: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Cases per second, from the first request to the last case counted as closed."""
        return self.cases / self.seconds

    def cpu(self, name: str | None = None) -> float:
        """CPU seconds per 1,000 cases: of one of the three, or of all."""
        used = sum(self.cost.cpu.values()) if name is None else self.cost.cpu[name]
        return used / self.cases * 1000


def run(contestant: Contestant, servers: Servers, filings: list[Json]) -> Round:
    """Warm up with a few cases, then measure the others, and look at what became of all."""
    accepted = contestant.file(lines(filings[:WARM_UP]))
    wait_closed(contestant, len(accepted))
    rest = filings[WARM_UP:]
    with watched(lambda: pids_of(contestant, servers)) as cost:
        began = time.monotonic()
        for start in range(0, len(rest), BATCH):
            accepted += contestant.file(lines(rest[start : start + BATCH]))
        ended = wait_closed(contestant, len(accepted))
    lost, wrong = contestant.judged(accepted)
    unfiled = len(filings) - len(accepted)
    wrong += [f"{unfiled} filings were refused"] * bool(unfiled)
    return Round(len(rest), ended - began, lost + unfiled, cost, wrong)


def wait_closed(contestant: Contestant, wanted: int) -> float:
    """Wait until so many have closed, or nothing moves any more; gives when that was."""
    last, since = -1, time.monotonic()
    while last < wanted and time.monotonic() - since < STUCK_SECONDS:
        found = contestant.closed()
        if found != last:
            last, since = found, time.monotonic()
        time.sleep(POLL_SECONDS)
    return since


def pids_of(contestant: Contestant, servers: Servers) -> Pids:
    """Give the processes of a contestant and of the servers."""
    broker = servers.broker.pid if servers.broker else None
    mongod = servers.mongo.pid if servers.mongo else None
    return {
        PYTHON: contestant.pids(),
        BROKER: [broker] if broker else [],
        DATABASE: [mongod] if mongod else [],
    }


@contextmanager
def processes(
    directory: Path, commands: Mapping[str, tuple[list[str], Mapping[str, str]]]
) -> Iterator[list[int]]:
    """Run commands, by name with their environments, until the block ends; gives their ids.

    Each touches its READY_FILE, or answers /ready on its HTTP_PORT. Raises StackError for one
    that doesn't get ready.
    """
    daemons = []
    try:
        for name, (command, env) in commands.items():
            ready = directory / f"{name}.ready"
            ready.unlink(missing_ok=True)
            more = {"READY_FILE": str(ready), "PYTHONUNBUFFERED": "1", "LANG": "C.UTF-8"}
            daemons.append((Daemon(name, command, {**env, **more}, directory), ready, env))
            daemons[-1][0].start()
        for daemon, ready, env in daemons:
            daemon.wait_until(lambda: _is_ready(ready, env), 60)  # noqa: B023 - used at once
        yield [daemon.pid for daemon, _, _ in daemons if daemon.pid]
    finally:
        for daemon, _, _ in daemons:
            daemon.ask_to_end()
        for daemon, _, _ in daemons:
            daemon.wait_end(5)


def _is_ready(file: Path, env: Mapping[str, str]) -> bool:
    if "HTTP_PORT" not in env:
        return file.exists()
    try:
        url = f"http://127.0.0.1:{env['HTTP_PORT']}/ready"
        return httpx.get(url, timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


def drop(servers: Servers, prefix: str) -> None:
    """Drop the databases of a name."""
    with pymongo.MongoClient[Json](servers.mongo_url) as client:
        for name in client.list_database_names():
            if name.startswith(prefix):
                client.drop_database(name)
