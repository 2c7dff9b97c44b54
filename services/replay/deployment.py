"""The deployment a replay runs in: its own directory, servers, clock and data set.

Every office runs its own consumer (`offices`), nobody is notified, and an assignment that is not
delivered is not issued again: time flies here, and a year of waiting is over in a moment. What dies
is started again, servers too.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from services.stack.bus import Bus
from services.stack.daemons import StackError
from services.stack.layout import SHARED, Deployment, write_offices
from services.stack.local import ROOT, Local, running
from services.stack.ports import kept_ports
from services.stack.processes import ServiceSpec
from services.stack.servers import CACHE, Servers

OFFICES = "offices"
NAME = "replay"
WATCH_SECONDS = 0.5
CACHE_GB = "2"
NEVER_SECONDS = str(100 * 366 * 24 * 3600)
TOLD = {
    # what is waited for is there as soon as there is nothing else to do
    "PROJECT_SECONDS": "5",
    "PROJECT_QUIET_SECONDS": "0.03",
    "SWEEP_SECONDS": "20",
    "HEALTH_SECONDS": "20",
    "LOG_LEVEL": "WARNING",
}
OWN = {
    # time jumps by days: what is not delivered yet is on its way all the same; like cases are for
    # people to look at, and nobody does
    "routing": {"REDELIVER_SECONDS": NEVER_SECONDS, "TICK_SECONDS": "0.3",
                "CLUSTER_SECONDS": NEVER_SECONDS},
}  # fmt: skip


@dataclass(frozen=True)
class Files:
    """Where things are in the directory of a replay."""

    directory: Path
    record: Path

    @property
    def clock(self) -> Path:
        """The simulated clock."""
        return self.directory / "clock"

    @property
    def index(self) -> Path:
        """The index of the record."""
        return self.directory / "index.sqlite"

    @property
    def journal(self) -> Path:
        """What was done."""
        return self.directory / "journal.sqlite"

    @property
    def keep(self) -> Path:
        """What the offices keep."""
        return self.directory / "offices.sqlite"


def deployment(files: Files) -> Deployment:
    """Describe it."""
    clock = {"CLOCK_FILE": str(files.clock.resolve())}
    return Deployment.under(
        ROOT,
        vhost=NAME,
        database_prefix=f"fuyuan_{NAME}_",
        without=frozenset({"notices"}),
        host_offices=False,
        more={name: {**clock, **TOLD, **OWN.get(name, {})} for name in SHARED},
    )


def offices(files: Files, bus: Bus) -> list[ServiceSpec]:
    """Describe the process of the offices: it has their credentials, and no others."""
    credentials = files.directory / "secrets" / OFFICES / "offices.json"
    write_offices(credentials, bus, bus.offices)
    port = kept_ports(files.directory / "offices-ports.json", [OFFICES])[OFFICES]
    env = {
        "HTTP_PORT": str(port),
        "OFFICES_FILE": str(credentials.resolve()),
        "RECORD_FILE": str(files.record.resolve()),
        "INDEX_FILE": str(files.index.resolve()),
        "KEEP_FILE": str(files.keep.resolve()),
        "CLOCK_FILE": str(files.clock.resolve()),
        "LOG_LEVEL": "WARNING",
    }
    return [ServiceSpec(OFFICES, "services.replay.offices", env, port)]


def set_clock(file: Path, moment: datetime) -> None:
    """Move the clock, as a whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.new")
    beside.write_text(moment.isoformat())
    beside.replace(file)


def clock_of(file: Path) -> datetime | None:
    """Read the clock; None before there is one."""
    try:
        return datetime.fromisoformat(file.read_text().strip())
    except FileNotFoundError:
        return None


@dataclass
class Keeper:
    """Keeps everything running, and notes how much memory each process came to use."""

    local: Local
    told: Callable[[str], None]
    memory: dict[str, int] = field(default_factory=dict)
    """Most resident memory seen, MiB, by process."""
    cpu: dict[str, float] = field(default_factory=dict)
    """Processor time by process, in s; of those running now, not of those that died."""
    failed: Exception | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Do it in the background for as long as the block lasts."""
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            thread.join()

    def check(self) -> None:
        """Raise what keeps a part from running."""
        if self.failed:
            raise self.failed

    def _run(self) -> None:
        while not self._stopping.wait(WATCH_SECONDS):
            try:
                self._look()
            except (StackError, OSError) as error:
                self.failed = error
                return

    def _look(self) -> None:
        servers: Servers = self.local.servers
        for name, server in (("rabbitmq", servers.broker), ("mongod", servers.mongo)):
            if server is None:
                continue
            if server.pid is None:
                self.told(f"{name} died and is started again")
                server.start()
            self._weigh(name, server.pid)
        for name in self.local.stack.revive():
            self.told(f"{name} died and was started again")
        for name, service in self.local.stack.services.items():
            self._weigh(name, service.pid)

    def _weigh(self, name: str, pid: int | None) -> None:
        if pid is not None:
            self.memory[name] = max(self.memory.get(name, 0), resident_mib(pid))
            self.cpu[name] = cpu_seconds(pid)


def resident_mib(pid: int | str) -> int:
    """Tell how much memory a process uses, in MiB."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    found = next((line.split()[1] for line in lines if line.startswith("VmRSS:")), "0")
    return int(found) // 1024


def cpu_seconds(pid: int | str) -> float:
    """Tell how long a process has used a processor, in s."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return round((int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), 1)


@contextmanager
def deployed(
    files: Files, environ: Mapping[str, str], told: Callable[[str], None]
) -> Iterator[Keeper]:
    """Run the deployment; its data stay. Raises StackError when a part doesn't start.

    What a killed replay left running is ended first, part by part, as each starts again.
    """
    began = time.monotonic()
    environ = {CACHE: CACHE_GB, **environ}
    with running(
        files.directory, deployment(files), environ, told, lambda bus: offices(files, bus)
    ) as local:
        told(f"ready after {time.monotonic() - began:.0f} s")
        keeper = Keeper(local, told)
        with keeper.keeping():
            yield keeper
