"""A whole stack that can be hurt: its supervisor, the load on it, and the verdict from outside."""

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from services.client import Client, ClientError
from services.stack.broker import PrivateBroker
from services.stack.bus import Bus
from services.stack.layout import Deployment, specs
from services.stack.local import ROOT, Local, running
from services.stack.ports import free_port
from services.stack.processes import ServiceProcess, ServiceSpec
from tests.faults.docked import IMAGE, DockedBroker
from tests.faults.table import Row, Table
from tests.faults.waiting import wait_for
from tests.support.filings import filings
from tests.support.oracle import Oracle, Verdict
from tests.support.world import World

PREFIX = "faults_"
WAIT_SECONDS = 240
BATCH, PAUSE_SECONDS = 20, 0.1
AUTOMATIC = ROOT / "deploy" / "samples" / "policy-auto.yaml"
MUTANTS = Path(__file__).with_name("mutants")


@dataclass
class Load:
    """Cases being filed while something is broken; `accepted` grows as they are answered."""

    row: Row
    accepted: list[str] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    """Statuses of answers that were not a 202; those were tried again."""
    given_up: threading.Event = field(default_factory=threading.Event)
    """Set when the test has failed: what it broke may stay broken."""
    _began: float | None = None

    def broken(self) -> None:
        """Note that the fault begins now."""
        self._began = time.monotonic()

    def mended(self) -> None:
        """Note that all is well again."""
        if self._began is not None:
            self.row.recover_seconds = round(time.monotonic() - self._began, 1)


class Faults:
    """A running stack with automatic offices, whose services are started again when they die."""

    docked: DockedBroker | None = None

    def __init__(self, local: Local, table: Table, failpoints: Path, seed: int = 0) -> None:
        self.local = local
        self.world = World(local, PREFIX)
        self.oracle = Oracle(local.servers.mongo_url, PREFIX, local.operator())
        self.table = table
        self._failpoints = failpoints
        self._seed = seed
        self._filer = local.client("filer", office="court.410500")

    @property
    def services(self) -> dict[str, ServiceProcess]:
        return self.local.stack.services

    def arm(self, service: str, point: str, passes: int = 0) -> Path:
        """Let a service die at a point, after it has been passed some times."""
        file = self._failpoints / f"{service.replace('agency-', 'agency_')}.{point}"
        file.write_text(str(passes))
        return file

    @contextmanager
    def row(self, fault: str) -> Iterator[Row]:
        """Make a row of one's own; it is recorded even when what it is about fails."""
        row = Row(fault)
        try:
            yield row
        finally:
            self.table.add(row)

    @contextmanager
    def load(
        self, fault: str, cases: int = 120, *, parked: int = 0, pause: float = PAUSE_SECONDS
    ) -> Iterator[Load]:
        """File `cases` meanwhile, a batch every `pause`; then wait until all are closed, and judge.

        `parked` is how many messages the fault itself parks. Fails unless every accepted case had
        each of its effects once.
        """
        before = self.oracle.parked()
        with self.row(fault) as row:
            load = Load(row)
            thread = threading.Thread(target=self.file, args=(load, cases, pause))
            thread.start()
            try:
                yield load
            except BaseException:
                load.given_up.set()
                raise
            finally:
                thread.join()
            assert len(set(load.accepted)) == cases
            verdict = self.settled(load.accepted, before + parked)
            row.judge(verdict)
            row.parked = verdict.parked - before
            print(f"{fault}: {verdict}")
        assert (row.lost, row.duplicates, row.foreign_reads) == (0, 0, 0), verdict
        assert (verdict.closed, verdict.unsent, row.parked) == (cases, 0, parked), verdict

    @contextmanager
    def standing_still(self, name: str) -> Iterator[None]:
        """Stop a service's process meanwhile; it takes no part and knows nothing of it."""
        pid = self.services[name].pid
        assert pid
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def settled(
        self, accepted: list[str], parked: int | None, seconds: float = WAIT_SECONDS
    ) -> Verdict:
        """Wait until all are closed and nothing is on its way; gives the last verdict."""
        deadline = time.monotonic() + seconds
        while True:
            verdict = self.oracle.verdict(accepted)
            over = verdict.lost == verdict.unsent == 0 and verdict.closed == len(set(accepted))
            if (over and parked in (None, verdict.parked)) or verdict.duplicates:
                return verdict
            if time.monotonic() > deadline:
                return verdict
            time.sleep(1)

    def wait_closed(self, load: Load, number: int) -> None:
        """Wait until so many of a load's cases are closed: the fault comes in the middle."""
        self.wait_until(lambda: self.oracle.closed(load.accepted) >= number)

    def wait_ready(self) -> None:
        """Wait until every service says that it is."""
        self.wait_until(lambda: all(service.ready() for service in self.services.values()))

    def wait_gone(self, armed: Sequence[Path]) -> None:
        """Wait until the services that were armed have died."""
        self.wait_until(lambda: not any(file.exists() for file in armed))

    def wait_until(self, holds: Callable[[], Any], seconds: float = WAIT_SECONDS) -> None:
        """Wait until something holds."""
        wait_for(holds, seconds)

    @property
    def broker(self) -> PrivateBroker | DockedBroker:
        """The broker, which can be hurt."""
        found = self.docked or self.local.servers.broker
        assert found
        return found

    def lose_disk(self) -> None:
        """Delete what the broker, which doesn't run, had on its disk."""
        if isinstance(self.broker, DockedBroker):
            self.broker.lose_disk()
        else:
            shutil.rmtree(self.broker.directory / "data")

    def file(self, load: Load, cases: int, pause: float = PAUSE_SECONDS) -> None:
        """File in small batches, each sent again until it is answered: a filer gives up on none."""
        self._seed += 1
        self.file_again(load, cases, pause)

    def file_again(self, load: Load, cases: int, pause: float = PAUSE_SECONDS) -> None:
        """File what was filed last once more: the same references, so the same cases."""
        made = filings(cases, seed=self._seed)
        for start in range(0, len(made), BATCH):
            lines = [json.dumps(item, ensure_ascii=False) for item in made[start : start + BATCH]]
            answer = _insist(self._filer, "\n".join(lines).encode(), load)
            assert answer["failed"] == 0, answer
            load.accepted += [item["case_id"] for item in answer["results"]]
            time.sleep(pause)


def _insist(filer: Client, body: bytes, load: Load) -> dict[str, Any]:
    while True:
        try:
            answer: dict[str, Any] = filer.post_lines("intake", "/v1/cases/batch", body)
        except ClientError as error:
            if error.status not in (0, 429, 503) or load.given_up.is_set():
                raise
            load.refused.append(error.status)
            time.sleep(0.3)
        else:
            return answer


@contextmanager
def stack(
    directory: Path,
    table: Table,
    *,
    copies: int = 1,
    copied: Mapping[str, str] | None = None,
    mutants: Mapping[str, str] | None = None,
    more: Mapping[str, Mapping[str, str]] | None = None,
    environ: Mapping[str, str] | None = None,
    seed: int = 0,
) -> Iterator[Faults]:
    """Run one. `copies` of every service, all but the first told `copied` as well.

    `mutants`: service → what is broken in its code.

    A private broker and database, unless `environ` names others. Skips without a private broker.
    """
    failpoints = directory / "failpoints"
    failpoints.mkdir(parents=True)
    deployment = Deployment.under(ROOT, policies=AUTOMATIC, database_prefix=PREFIX)
    told = {name: {"FAILPOINTS": str(failpoints)} for name in deployment.services()}
    for name, values in (more or {}).items():
        told[name] |= values
    for name, mutant in (mutants or {}).items():
        told[name] |= {"MUTANT": mutant, "PYTHONPATH": str(MUTANTS)}
    deployment = replace(deployment, more=told)

    def beside(bus: Bus) -> list[ServiceSpec]:
        return [
            _copy(spec, number, copied or {})
            for spec in specs(deployment, bus, directory)
            for number in range(2, copies + 1)
        ]

    with (
        docked(directory) as broker,
        running(directory, deployment, environ or _naming(broker), beside=beside) as local,
    ):
        if local.servers.broker is None and not (environ or broker):
            pytest.skip("only a private broker can be killed: rabbitmq-server is not installed")
        over = threading.Event()
        keeper = threading.Thread(target=local.stack.supervise, args=(over.is_set,))
        keeper.start()
        try:
            faults = Faults(local, table, failpoints, seed)
            faults.docked = broker
            yield faults
        finally:
            over.set()
            keeper.join()


@contextmanager
def docked(directory: Path) -> Iterator[DockedBroker | None]:
    """Run the broker of the image that is named, if one is."""
    if not IMAGE:
        yield None
        return
    broker = DockedBroker(IMAGE, directory / "docked", "for-this-run")
    try:
        broker.start()
        yield broker
    finally:
        broker.remove()


def _naming(broker: DockedBroker | None) -> dict[str, str]:
    if broker is None:
        return {}
    return {"AMQP_URL": broker.url(), "RABBITMQ_MANAGEMENT_URL": broker.management_url}


def _copy(spec: ServiceSpec, number: int, more: Mapping[str, str]) -> ServiceSpec:
    port = free_port()
    env = {**spec.env, "HTTP_PORT": str(port), **more}
    return replace(spec, name=f"{spec.name}-{number}", port=port, env=env)
