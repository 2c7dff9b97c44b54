"""The two ordinary contestants, run: queues, processes, and what became of the cases."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import aiormq
import httpx
import pymongo

from fuyuan_contracts import events as e
from fuyuan_contracts.events import short_name
from services.stack.local import ROOT
from services.stack.ports import kept_ports
from services.stack.provision import delete_vhost
from services.stack.servers import Servers
from tests.benchmarks.contest import Judged, Place, drop, processes
from tests.benchmarks.workload import Json

EVENTS = {
    short_name(event.TYPE): per
    for event, per in (
        (e.CaseFiled, "case"), (e.CaseRouted, "case"), (e.CaseClosed, "case"),
        (e.AssignmentDelivered, "assignment"), (e.AssignmentReceived, "assignment"),
        (e.AssignmentResolved, "assignment"), (e.AssignmentIssued, "none"),
    )
}  # fmt: skip
"""What metrics counts once a case, and once an assignment; `issued` goes to an inbox only."""
BINDINGS = (
    ("evt", "q.routing", "case.filed.#"),
    ("evt", "q.routing", "assignment.#"),
    ("evt", "q.metrics", "#"),
    ("inbox", "q.agency", "#"),
)
Command = tuple[list[str], Mapping[str, str]]


@dataclass
class Ordinary:
    """A contestant with databases `<prefix>routing` and `<prefix>metrics` and an HTTP intake."""

    servers: Servers
    prefix: str
    port: int
    running: list[int]

    def __post_init__(self) -> None:
        """Connect."""
        self._http = httpx.Client(timeout=600, trust_env=False)
        mongo = pymongo.MongoClient[Json](self.servers.mongo_url)
        self._cases = mongo[f"{self.prefix}routing"]["cases"]
        self.facts = mongo[f"{self.prefix}metrics"]["facts"]
        self.facts.create_index("type")
        self._cases.create_index("state")

    def file(self, body: bytes) -> list[str]:
        """File JSON Lines."""
        answer = self._http.post(f"http://127.0.0.1:{self.port}/v1/cases/batch", content=body)
        found: list[str] = answer.raise_for_status().json()["cases"]
        return found

    def closed(self) -> int:
        """Count those closed at routing and at metrics."""
        counted = self.facts.count_documents({"type": e.CaseClosed.TYPE})
        return min(counted, self._cases.count_documents({"state": "closed"}))

    def judged(self, accepted: list[str]) -> Judged:
        """Compare each case's facts with what its assignments should have led to."""
        cases = {item["_id"]: item for item in self._cases.find({}, {"assignments": 1, "state": 1})}
        facts: dict[str, Counter[str]] = {}
        for fact in self.facts.find({}, {"case": 1, "type": 1}):
            facts.setdefault(fact["case"], Counter())[short_name(fact["type"])] += 1
        why = [
            f"{case}: {fault}" for case in accepted
            if (fault := _fault(cases.get(case), facts.get(case, Counter())))
        ]  # fmt: skip
        return Judged(len(why), why)

    def pids(self) -> list[int]:
        """Give the ids of its processes."""
        return self.running


def _fault(case: Json | None, facts: Counter[str]) -> str:
    if case is None or case["state"] != "closed":
        return "not closed"
    wanted = {"case": 1, "assignment": len(case["assignments"]), "none": 0}
    wrong = [name for name, per in EVENTS.items() if facts[name] != wanted[per]]
    return f"counted wrongly: {', '.join(wrong)}" if wrong else ""


@contextmanager
def one_at_a_time(place: Place) -> Iterator[Ordinary]:
    """FastStream and PyMongo, a handler a message."""
    folder = "tests.benchmarks.one_at_a_time"
    commands = {role: [sys.executable, "-m", f"{folder}.{role}"]
                for role in ("intake", "routing", "agency", "metrics")}  # fmt: skip
    with _running(place, "one_at_a_time", commands) as found:
        yield found


@contextmanager
def celery(place: Place) -> Iterator[Ordinary]:
    """Celery on quorum queues, a worker a role."""
    folder = "tests.benchmarks.celery_way"
    commands = {"intake": [sys.executable, "-m", f"{folder}.intake"]}
    for role in ("routing", "agency", "metrics"):
        command = f"-m celery -A {folder}.app worker -Q {role} -n {role}@bench -l WARNING"
        command += " --without-gossip --without-mingle --without-heartbeat"
        commands[role] = [sys.executable, *command.split(), *WORKERS]
    with _running(place, "celery", commands) as found:
        yield found


WORKERS = ("--pool", "threads", "--concurrency", "20")
"""Tasks that mostly wait. Celery's default, a process a processor, reaches two thirds of it."""


@contextmanager
def _running(place: Place, name: str, commands: Mapping[str, list[str]]) -> Iterator[Ordinary]:
    prefix, servers = f"bench_{name}_", place.servers
    url = _vhost(servers, f"bench-{name}")
    asyncio.run(_declare(url))
    directory = place.directory / name
    directory.mkdir(parents=True, exist_ok=True)
    port = kept_ports(directory / "ports.json", ["intake"])["intake"]
    env = {"AMQP_URL": url, "MONGO_URL": servers.mongo_url, "PYTHONPATH": str(ROOT)}
    env |= {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    told = {
        role: (command, {**env, "DATABASE": f"{prefix}{role}",
                         **({"HTTP_PORT": str(port)} if role == "intake" else {})})
        for role, command in commands.items()
    }  # fmt: skip
    try:
        with processes(directory, told) as running:
            yield Ordinary(servers, prefix, port, running)
    finally:
        asyncio.run(delete_vhost(servers.management_url or "", servers.admin, f"bench-{name}"))
        drop(servers, prefix)


def _vhost(servers: Servers, name: str) -> str:
    """Make a virtual host, and give the administrator's address in it."""
    user, _ = servers.admin
    with httpx.Client(
        base_url=f"{servers.management_url}/api/", auth=servers.admin, trust_env=False
    ) as client:
        client.put(f"vhosts/{name}").raise_for_status()
        rights = {"configure": ".*", "write": ".*", "read": ".*"}
        client.put(f"permissions/{name}/{user}", json=rights).raise_for_status()
    return servers.url(*servers.admin, name)


async def _declare(url: str) -> None:
    connection = await aiormq.connect(url)
    channel = await connection.channel()
    for exchange in ("evt", "inbox"):
        await channel.exchange_declare(exchange, exchange_type="topic", durable=True)
    for exchange, queue, key in BINDINGS:
        quorum = {"x-queue-type": "quorum"}
        await channel.queue_declare(queue, durable=True, arguments=quorum)  # type: ignore[arg-type]
        await channel.queue_bind(queue, exchange, key)
    await connection.close()
