"""Filing in batches over HTTP, beside a bare `insert_many` of the documents that it stores.

Intake alone runs: its database and its messages' quorum queues are the same, what would follow is
left in the queues.
"""

import asyncio
import time
from dataclasses import dataclass
from statistics import median

import pymongo
from pymongo import WriteConcern

from services.runtime.commits import COMMITS
from services.stack.bus import Bus
from services.stack.layout import specs
from services.stack.local import Local
from services.stack.processes import Stack
from tests.benchmarks.contest import BATCH, WARM_UP, Place, drop
from tests.benchmarks.ours import PREFIX, Ours, deployment
from tests.benchmarks.workload import Json, filings, lines

NAME = "bench-batch"
TIMES = 3


@dataclass(frozen=True)
class BatchFiling:
    """Cases per second, filed and as bare documents: medians of a few turns."""

    filed: float
    bare: float

    @property
    def ratio(self) -> float:
        """Give what filing reaches of the bare insert."""
        return self.filed / self.bare


def measure(place: Place, cases: int) -> BatchFiling:
    """File and insert in turn."""
    described = deployment()
    bus = asyncio.run(
        Bus.declare(place.servers, place.secrets, NAME, described.receiving(), described.queues())
    )
    directory = place.directory / "batch"
    alone = [spec for spec in specs(described, bus, directory) if spec.name == "intake"]
    stack = Stack(alone, directory)
    stack.start()
    try:
        contestant = Ours(Local(directory, bus, stack))
        given = filings(WARM_UP + cases * TIMES)
        contestant.file(lines(given[:WARM_UP]))
        turns = [
            _turn(contestant, given[start : start + cases])
            for start in range(WARM_UP, len(given), cases)
        ]
    finally:
        stack.stop()
        asyncio.run(bus.remove())
        drop(place.servers, PREFIX)
    return BatchFiling(median(filed for filed, _ in turns), median(bare for _, bare in turns))


def _turn(contestant: Ours, given: list[Json]) -> tuple[float, float]:
    """Give cases per second of filing, and of inserting what was filed."""
    accepted: list[str] = []
    began = time.perf_counter()
    for start in range(0, len(given), BATCH):
        accepted += contestant.file(lines(given[start : start + BATCH]))
    filed = time.perf_counter() - began
    if len(accepted) != len(given):
        raise RuntimeError(f"{len(given) - len(accepted)} filings were refused")
    with pymongo.MongoClient[Json](contestant.local.servers.mongo_url) as client:
        stored = client[f"{PREFIX}intake"][COMMITS]
        documents = list(stored.find({"subject": {"$in": accepted}, "rev": 1}))
        bare = client[f"{PREFIX}bare"].get_collection(
            COMMITS, write_concern=WriteConcern("majority", j=True)
        )
        for index in stored.index_information().values():
            more = {k: v for k, v in index.items() if k == "partialFilterExpression"}
            if index["key"] != [("_id", 1)]:
                bare.create_index(index["key"], **more)
        began = time.perf_counter()
        for start in range(0, len(documents), BATCH):
            bare.insert_many(documents[start : start + BATCH], ordered=False)
        inserted = time.perf_counter() - began
    return len(given) / filed, len(documents) / inserted
