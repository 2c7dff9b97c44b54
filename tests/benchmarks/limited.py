"""The limit, run: the product's own topology, with processes that only move and store bytes."""

import asyncio
import json
import os
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pymongo

from fuyuan_contracts.channels import office_out_queue, service_queue
from services.stack.bus import Bus
from services.stack.layout import SHARED
from services.stack.local import ROOT
from services.stack.ports import kept_ports
from tests.benchmarks.contest import Judged, Place, drop, processes, run
from tests.benchmarks.limit.recording import tap, traces, untap
from tests.benchmarks.limit.trace import Trace, load, save
from tests.benchmarks.ours import PREFIX as OURS
from tests.benchmarks.ours import deployment, ours
from tests.benchmarks.workload import Json, filings

NAME, PREFIX = "bench-limit", "bench_limit_"
MEASURED = 200
"""Cases the product's messages and writes are measured with."""
IDLE = ("liaison", "parking")
"""Have nothing to do with these cases."""


def measure(place: Place, cases: int = MEASURED) -> Path:
    """Run the product once with a tap on everything, and write down what it did."""
    file = place.directory / "traces.json"
    if file.exists():
        return file
    with ours(place) as contestant:
        asyncio.run(tap(contestant.local.bus))
        accepted: list[str] = []
        file_, contestant.file = contestant.file, lambda body: keep(file_(body))  # type: ignore[method-assign]

        def keep(ids: list[str]) -> list[str]:
            accepted.extend(ids)
            return ids

        done = run(contestant, place.servers, filings(cases))
        if done.lost:
            raise RuntimeError(f"the product lost cases: {done.wrong}")
        copies = asyncio.run(untap(contestant.local.bus))
        save(file, traces(copies, place.servers.mongo_url, OURS, accepted))
    return file


@dataclass
class Limit:
    """The running processes."""

    place: Place
    traces: list[Trace]
    port: int
    running: list[int]

    def __post_init__(self) -> None:
        """Connect."""
        self._mongo = pymongo.MongoClient[Json](self.place.servers.mongo_url)
        self._filed = 0
        self._wanted: Counter[str] = Counter()
        """Commits there should be, by service."""

    def file(self, body: bytes) -> list[str]:
        """File as many cases as there are lines."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(len(body).to_bytes(4) + body)
            with connection.makefile("rb") as answer:
                found: list[str] = json.loads(answer.read())
        for number in range(self._filed, self._filed + len(found)):
            for service, steps in self.traces[number % len(self.traces)].steps.items():
                self._wanted[service] += sum(len(step.commits) for step in steps.values())
        self._filed += len(found)
        return found

    def closed(self) -> int:
        """Count the cases whose commits could all be there, at the service that has the fewest."""
        parts = (self._written(name) / number for name, number in self._wanted.items() if number)
        return int(self._filed * min(1, *parts))

    def _written(self, name: str) -> int:
        return self._mongo[database(name)]["commits"].estimated_document_count()

    def judged(self, _accepted: list[str]) -> Judged:
        """Name the services that have not written what they should have."""
        found = {name: self._written(name) for name in self._wanted}
        why = [f"{name}: {found[name]} commits, not {number}"
               for name, number in self._wanted.items() if found[name] != number]  # fmt: skip
        return Judged(self._filed - self.closed(), why)

    def pids(self) -> list[int]:
        """Give the ids of its processes."""
        return self.running


@contextmanager
def limit(place: Place) -> Iterator[Limit]:
    """Run a process for each service that has something to do."""
    traces_file = measure(place)
    described = deployment()
    bus = asyncio.run(
        Bus.declare(place.servers, place.secrets, NAME, described.receiving(), described.queues())
    )
    directory = place.directory / "limit"
    directory.mkdir(parents=True, exist_ok=True)
    port = kept_ports(directory / "ports.json", ["filing"])["filing"]
    env = {"AMQP_URL": bus.admin_url, "MONGO_URL": place.servers.mongo_url,
           "TRACES": str(traces_file), "PYTHONPATH": str(ROOT)}  # fmt: skip
    env |= {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    command = [sys.executable, "-m", "tests.benchmarks.limit.role"]
    hosted = described.hosted()
    queues = {name: [service_queue(name)] for name in SHARED if name not in IDLE}
    queues["routing"] += [office_out_queue(office) for office in bus.offices]
    queues |= {name: [bus.inbox(office) for office in hosted[name]] for name in hosted}
    told = {
        name: (command, {**env, "ROLE": name, "DATABASE": database(name),
                         "QUEUES": json.dumps(mine),
                         **({"FILING_PORT": str(port)} if name == "intake" else {})})
        for name, mine in queues.items()
    }  # fmt: skip
    try:
        with processes(directory, told) as running:
            yield Limit(place, load(traces_file), port, running)
    finally:
        asyncio.run(bus.remove())
        drop(place.servers, PREFIX)


def database(service: str) -> str:
    """Name a service's database."""
    return f"{PREFIX}{service.replace('-', '_')}"
