"""The services on stores that are kept from one start to the next, and grow in between."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from services.stack.bus import Bus
from services.stack.layout import specs
from services.stack.local import serving
from services.stack.ports import free_port
from services.stack.processes import ServiceSpec
from tests.benchmarks.contest import Judged, Place
from tests.benchmarks.growth.marking import marked
from tests.benchmarks.ours import PREFIX, Ours, deployment
from tests.benchmarks.workload import Json, filings
from tests.support.oracle import Decision, Oracle, Verdict

NAME = "bench-growth"
CONSUMING = ("routing", "metrics", "notices", "agency-")
"""The services that do the work once a case is filed."""
BASE = 1900
"""Filings that differ in more than their numbers; then they begin again with others."""
MEASURED = 80_000_000
"""Where the numbers of the cases begin that are measured with, above all that are stored."""
SETTLE_SECONDS = 60


class Recent(Oracle):
    """Judges what was filed since it was made: what lies in the stores is millions."""

    def since(self, moment: datetime) -> None:
        """Look at nothing that was stored before."""
        self._since = {"at": {"$gte": moment}}

    def unsent(self) -> list[str]:
        """Name the commits since then with messages that no list names."""
        found = []
        for service in self._services():
            db = self._db(service)
            lists = db["sent"].find(self._since, {"commits": 1})
            sent = {name for item in lists for name in item["commits"]}
            speaking = db["commits"].find(self._since | {"out": {"$gt": 0}}, {"_id": 1})
            found += [f"{service}: {item['_id']}" for item in speaking if item["_id"] not in sent]
        return sorted(found)

    def _decisions(self, service: str, cases: set[str]) -> list[Decision]:
        fields = {"subject": 1, "decisions": 1, "rev": 1}
        found = self._db(service)["commits"].find(self._since, fields)
        return [
            (commit["subject"], decision)
            for commit in sorted(found, key=lambda item: (item["subject"], item["rev"]))
            for decision in commit["decisions"]
            if service == "tracker" or commit["subject"].partition(".")[0] in cases
        ]


@dataclass
class Grown(Ours):
    """The running services; what was there before isn't counted."""

    def __post_init__(self) -> None:
        """Be the filer, and who looks from outside."""
        super().__post_init__()
        self.verdict: Verdict | None = None
        """Of the last judgement."""
        self.oracle: Recent = Recent(self.local.servers.mongo_url, PREFIX, self.local.operator())
        self.begin()

    def begin(self) -> None:
        """Count from now on."""
        self._open, self._done = set[str](), 0
        self.oracle.since(datetime.now(UTC))

    def file(self, body: bytes) -> list[str]:
        """File JSON Lines, and note what has to close."""
        found = super().file(body)
        self._open.update(found)
        return found

    def closed(self) -> int:
        """Count those that have closed: only what was open is looked at, however much is stored."""
        only = {"_id": 1}
        said = {"_id": {"$in": list(self._open)}, "state": "closed"}
        closed = [item["_id"] for item in self._cases.find(said, only)]
        counted = {"_id": {"$in": closed}, "closed_at": {"$type": "date"}}
        ended = {item["_id"] for item in self._counted.find(counted, only)}
        self._open -= ended
        self._done += len(ended)
        return self._done

    def judged(self, accepted: list[str]) -> Judged:
        """Let the oracle judge."""
        self.verdict = self.oracle.settled(accepted, SETTLE_SECONDS)
        return Judged(self.verdict.lost, [] if self.verdict.clean else [str(self.verdict)])


class Workload:
    """Filings without end, none twice."""

    def __init__(self) -> None:
        """Begin with the first."""
        self._next = 0

    @cached_property
    def _base(self) -> list[Json]:
        return filings(BASE)

    def take(self, number: int) -> list[Json]:
        """Give some that were not given before."""
        first, self._next = self._next, self._next + number
        base = self._base
        return [
            marked(base[place % len(base)], MEASURED + place) for place in range(first, self._next)
        ]


@contextmanager
def grown(place: Place, bus: Bus, copies: int = 1) -> Iterator[Grown]:
    """Run the services on what is stored, with so many copies of those that consume."""

    def beside(_bus: Bus) -> list[ServiceSpec]:
        return [
            _copy(spec, number)
            for spec in specs(described, bus, directory)
            for number in range(2, copies + 1)
            if spec.name.startswith(CONSUMING)
        ]

    described, directory = deployment(), place.directory / "ours"
    with serving(directory, described, bus, beside=beside) as local:
        yield Grown(local)


def _copy(spec: ServiceSpec, number: int) -> ServiceSpec:
    port = free_port()
    env = {**spec.env, "HTTP_PORT": str(port)}
    return replace(spec, name=f"{spec.name}-{number}", port=port, env=env)
