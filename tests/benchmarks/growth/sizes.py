"""What a case takes in each store, in bytes."""

from dataclasses import dataclass

import pymongo

from tests.benchmarks.ours import PREFIX
from tests.benchmarks.workload import Json


@dataclass(frozen=True, slots=True)
class Size:
    """A store's bytes a case: documents as they are, as they lie on disk, and their indexes."""

    store: str
    data: float
    disk: float
    indexes: float


def measure(mongo_url: str, cases: int) -> list[Size]:
    """Weigh all stores; the last one is all of them together."""
    found = []
    with pymongo.MongoClient[Json](mongo_url) as client:
        client.admin.command("fsync")
        for name in sorted(client.list_database_names()):
            if name.startswith(PREFIX):
                said = client[name].command("dbStats")
                sizes = (said["dataSize"], said["storageSize"], said["indexSize"])
                each = (size / cases for size in sizes)
                found.append(Size(name.removeprefix(PREFIX), *each))
    total = Size(
        "all", sum(item.data for item in found), sum(item.disk for item in found),
        sum(item.indexes for item in found),
    )  # fmt: skip
    return [*found, total]
