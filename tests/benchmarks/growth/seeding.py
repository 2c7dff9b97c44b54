"""Cases straight into the stores, as if the services had handled them in the last two years.

Several processes make and insert them, without waiting for the journal; indexes are built when all
is there. What is derived of all cases together (lists of what was sent, rolled-up figures) is
written beside them, so that the services find nothing to make up for.
"""

import secrets
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context

import pymongo
from bson import encode
from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection
from pymongo.database import Database

from fuyuan_contracts.channels import EMITTERS
from services.runtime.auditing import digest_of
from services.runtime.rollups import STATE, SUMS, change
from services.runtime.sums import Adds, added_up
from tests.benchmarks.contest import Told
from tests.benchmarks.growth.moulds import Cast, Moulds, Original
from tests.benchmarks.ours import PREFIX
from tests.benchmarks.workload import Json

WEEKS = 104
"""Cases are spread evenly over so many weeks before the originals."""
PROCESSES = 2
BATCH_BYTES = 2_000_000
SENT_LIST = 250
AT_ONCE = 2
SAY = 10
"""How often progress is told."""
FAST = {"w": 1, "j": False}
Where = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Task:
    """What one process makes: the cases with some numbers, of some weeks."""

    url: str
    key: bytes
    originals: Sequence[Original]
    numbers: range
    weeks: Sequence[int]


def seed(url: str, key: bytes, originals: Sequence[Original], numbers: range, told: Told) -> None:
    """Store the cases with these numbers. `key` is what case ids are derived with."""
    with pymongo.MongoClient[Json](url, tz_aware=True) as client:
        indexes = [(place, _dropped(client[place[0]][place[1]])) for place in _places(originals)]
    _make_all([Task(url, key, originals, numbers, [week]) for week in range(1, WEEKS + 1)], told)
    told("building indexes")
    with pymongo.MongoClient[Json](url, tz_aware=True) as client:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            built = [
                pool.submit(client[database][name].create_indexes, models)
                for (database, name), models in indexes
                if models
            ]
            for one in built:
                one.result()
        _up_to_date(client)


def _make_all(tasks: Sequence[Task], told: Told) -> None:
    began, done, all_ = time.monotonic(), 0, len(tasks[0].numbers)
    # forked: the tests' modules can't be imported anew; no connection is open here
    with ProcessPoolExecutor(PROCESSES, get_context("fork")) as pool:
        for number in pool.map(make, tasks):
            done += number
            if done * SAY // all_ > (done - number) * SAY // all_:
                told(f"{done} of {all_} cases, {done / (time.monotonic() - began):.0f}/s")


def make(task: Task) -> int:
    """Make cases and insert them; gives how many."""
    made = 0
    with pymongo.MongoClient[Json](task.url, tz_aware=True) as client:
        stores = Stores(client)
        for week in task.weeks:
            for original, numbers in _shared(task, week):
                moulds = Moulds(original).moved(7 * week)
                for number in numbers:
                    stores.add(moulds.cast(task.key, number))
                stores.count(moulds.adds(), len(numbers))
                made += len(numbers)
        stores.flush()
    return made


def _shared(task: Task, week: int) -> Iterator[tuple[Original, list[int]]]:
    """Say which numbers are of a week, and of which original each is made."""
    by_original: dict[int, list[int]] = defaultdict(list)
    for number in task.numbers:
        if number % WEEKS == week - 1:
            by_original[number // WEEKS % len(task.originals)].append(number)
    return ((task.originals[place], numbers) for place, numbers in by_original.items())


class Stores:
    """Inserts documents in large batches, and what is derived of many."""

    def __init__(self, client: "pymongo.MongoClient[Json]") -> None:
        """Nothing is held yet."""
        self._client = client
        self._held: dict[Where, list[bytes]] = defaultdict(list)
        self._bytes: dict[Where, int] = defaultdict(int)
        self._sent: dict[str, list[str]] = defaultdict(list)
        self._adds: list[Adds] = []

    def add(self, casts: Iterable[Cast]) -> None:
        """Take a case's documents."""
        for cast in casts:
            where = (cast.service, cast.collection)
            self._held[where].append(cast.body)
            self._bytes[where] += len(cast.body)
            if cast.speaking:
                self._sent[cast.service].append(cast.speaking)
            if self._bytes[where] > BATCH_BYTES:
                self._insert(where)

    def count(self, adds: Adds, times: int) -> None:
        """Roll up what so many documents add, each the same."""
        self._adds.append(
            {
                key: ({name: number * times for name, number in sums.items()}, first)
                for key, (sums, first) in adds.items()
            }
        )

    def flush(self) -> None:
        """Insert what is left."""
        for where in list(self._held):
            self._insert(where)
        for service, commits in self._sent.items():
            at = datetime.now(UTC)
            lists = [
                encode(
                    {"_id": secrets.token_hex(12), "at": at, "commits": commits[i : i + SENT_LIST]}
                )
                for i in range(0, len(commits), SENT_LIST)
            ]
            self._command((service, "sent"), lists)
        self._sent.clear()
        total = added_up(self._adds)
        changes = [change(key, *value, generation=0) for key, value in total.items()]
        if changes:
            self._client[f"{PREFIX}metrics"][SUMS].bulk_write(changes, ordered=False)
        self._adds.clear()

    def _insert(self, where: Where) -> None:
        if bodies := self._held.pop(where, []):
            self._command(where, bodies)
        self._bytes[where] = 0

    def _command(self, where: Where, bodies: list[bytes]) -> None:
        service, collection = where
        documents = [RawBSONDocument(body) for body in bodies]
        found = self._client[PREFIX + service].command(
            {"insert": collection, "documents": documents, "ordered": False, "writeConcern": FAST}
        )
        if errors := found.get("writeErrors"):
            raise RuntimeError(f"{service}.{collection}: {errors[0]}")


def _places(originals: Sequence[Original]) -> list[Where]:
    """Name databases and collections that cases are stored in."""
    named = {(service, name) for item in originals for service, name, _ in item.documents}
    named |= {(service, "sent") for service, _ in named}
    return [(PREFIX + service, name) for service, name in sorted(named)]


def _dropped(collection: Collection[Json]) -> list[pymongo.IndexModel]:
    """Drop a collection's indexes; gives what is needed to build them again."""
    found = []
    for name, index in collection.index_information().items():
        if name != "_id_":
            more = {k: v for k, v in index.items() if k not in {"key", "v", "ns"}}
            found.append(pymongo.IndexModel(index["key"], name=name, **more))
            collection.drop_index(name)
    return found


def _up_to_date(client: "pymongo.MongoClient[Json]") -> None:
    """Have all that was seeded be swept and listed: it is as if the services had done it."""
    now = datetime.now(UTC)
    for name in client.list_database_names():
        if not name.startswith(PREFIX):
            continue
        db = client[name]
        db["watermarks"].update_one({"_id": "sweep"}, {"$set": {"at": now}})
        if name.removeprefix(PREFIX) in EMITTERS:
            _anchor(db, now)
    whole = {"$set": {"ready": True}, "$setOnInsert": {"generation": 0}}
    client[f"{PREFIX}metrics"][SUMS].update_one({"_id": STATE}, whole, upsert=True)


def _anchor(db: Database[Json], now: datetime) -> None:
    last = db["anchors"].find_one({}, {"number": 1}, sort=[("number", -1)])
    listed = {"number": (last or {"number": 0})["number"] + 1, "upto": now, "commits": 0}
    empty = {"heads": [], "digest": digest_of([]), "told": True}
    db["anchors"].insert_one({"_id": secrets.token_hex(12), **listed, **empty})
