"""The product itself: all its services as processes, every office answering by its policy."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pymongo

from services.client import Client
from services.stack.bus import Bus
from services.stack.layout import Deployment
from services.stack.local import ROOT, Local, serving
from tests.benchmarks.contest import Judged, Place, drop
from tests.benchmarks.workload import FILER, Json
from tests.support.oracle import Oracle

NAME, PREFIX = "bench-ours", "bench_ours_"


@dataclass
class Ours:
    """The running services."""

    local: Local

    def __post_init__(self) -> None:
        """Be the filer, and the one who looks from outside."""
        self.filer: Client = self.local.client("filer", office=FILER)
        url = self.local.servers.mongo_url
        self.oracle = Oracle(url, PREFIX, self.local.operator())
        mongo = pymongo.MongoClient[Json](url)
        self._cases = mongo[f"{PREFIX}routing"]["cases"]
        self._counted = mongo[f"{PREFIX}metrics"]["cases"]

    def file(self, body: bytes) -> list[str]:
        """File JSON Lines."""
        answer = self.filer.patient(600).post_lines("intake", "/v1/cases/batch", body)
        return [item["case_id"] for item in answer["results"] if "case_id" in item]

    def closed(self) -> int:
        """Count those closed at routing and at metrics, by what each lists (0.5 s late)."""
        closed = self._cases.count_documents({"state": "closed"})
        return min(closed, self._counted.count_documents({"closed_at": {"$type": "date"}}))

    def judged(self, accepted: list[str]) -> Judged:
        """Let the oracle of the fault tests judge."""
        verdict = self.oracle.settled(accepted)
        return Judged(verdict.lost, [] if verdict.clean else [str(verdict)])

    def pids(self) -> list[int]:
        """Give the ids of its processes."""
        return [item.pid for item in self.local.stack.services.values() if item.pid]


def deployment() -> Deployment:
    """Describe it: nothing is left out."""
    policies = ROOT / "deploy" / "samples" / "policy-auto.yaml"
    return Deployment.under(ROOT, policies=policies, vhost=NAME, database_prefix=PREFIX)


@contextmanager
def ours(place: Place) -> Iterator[Ours]:
    """Run the services on the servers that are there."""
    with (
        declared(place, NAME) as bus,
        serving(place.directory / "ours", deployment(), bus) as local,
    ):
        yield Ours(local)


@contextmanager
def declared(place: Place, name: str) -> Iterator[Bus]:
    """Have a virtual host, and databases that are dropped in the end."""
    described = deployment()
    bus = asyncio.run(
        Bus.declare(place.servers, place.secrets, name, described.receiving(), described.queues())
    )
    try:
        yield bus
    finally:
        asyncio.run(bus.remove())
        drop(place.servers, PREFIX)
