"""One operating system process per service: started, watched, restarted, stopped.

Which services there are and what they are told is the caller's business (`ServiceSpec`).
"""

import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from services.stack.daemons import Daemon, StackError
from services.stack.ports import LOOPBACK

READY_SECONDS = 120.0
GRACE_SECONDS = 15.0
"""A service stops taking work on SIGTERM and finishes what it has; more than its own drain time."""
FIRST_BACKOFF, LONGEST_BACKOFF = 0.5, 30.0
HEALTHY_SECONDS = 60.0
"""A service that lived this long starts again without a wait."""
OF_TRACES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG")
INHERITED = ("PATH", "HOME", "MONGO_DRIVER", "LOG_LEVEL", *OF_TRACES)
"""What of the starter's environment every service is given; all else is said by its spec."""


@dataclass(frozen=True)
class ServiceSpec:
    """A service to run: `python -m <module>` with `env`, answering `/ready` on `port`."""

    name: str
    module: str
    env: Mapping[str, str]
    port: int


@contextmanager
def claim(directory: Path) -> Iterator[None]:
    """Hold the stack under `directory` for this process, for as long as the block lasts.

    SIGTERM ends the block as Ctrl-C does, so that what was started is stopped. Raises StackError
    naming the process that holds it. What a killed holder left running is ended by the parts
    themselves when they start.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with _unwinding(), (directory / "owner").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            msg = f"a stack is running under {directory} already (process {file.read().strip()})"
            raise StackError(msg) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def _unwinding() -> Iterator[None]:
    """Turn SIGTERM into SystemExit: left alone it ends a process without any `finally`."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what a signal does
        return

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # stopping is under way
        sys.exit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@dataclass
class ServiceProcess:
    """The process of one service."""

    spec: ServiceSpec
    directory: Path
    restarts: int = 0
    """How often it was started again because it had died."""
    backoff: float = 0
    _started: float = field(default=0, repr=False)
    again: float | None = None
    """When it will be started again (`time.monotonic()`); None while it runs."""

    def __post_init__(self) -> None:
        """Nothing is started yet; logs go to `logs/<name>.log`, the id to `run/<name>.pid`."""
        base = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self.daemon = Daemon(
            self.spec.name,
            [sys.executable, "-m", self.spec.module],
            {**base, "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1", **self.spec.env},
            self.directory / "logs",
            self.directory / "run",
        )

    @property
    def pid(self) -> int | None:
        """Tell its process id; None when it doesn't run."""
        return self.daemon.pid

    @property
    def url(self) -> str:
        """Where it answers HTTP."""
        return f"http://{LOOPBACK}:{self.spec.port}"

    def start(self) -> None:
        """Start it, without waiting until it is ready."""
        self.daemon.start()
        self._started, self.again = time.monotonic(), None

    def ready(self) -> bool:
        """Ask its `/ready`."""
        try:
            return httpx.get(f"{self.url}/ready", timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait until it is ready. Raises StackError with the log's end when it dies or is late."""
        self.daemon.wait_until(self.ready, seconds)

    def revive(self, now: float) -> bool:
        """Start it again if it died and its wait is over; `now` is `time.monotonic()`."""
        if self.pid is not None:
            return False
        if self.again is None:
            healthy = now - self._started >= HEALTHY_SECONDS
            self.again = now + (0 if healthy else self.backoff)
            longer = max(self.backoff * 2, FIRST_BACKOFF)
            self.backoff = 0 if healthy else min(longer, LONGEST_BACKOFF)
        if now < self.again:
            return False
        self.restarts += 1
        self.start()
        self._started = now
        return True


class Stack:
    """The processes of all services, by name."""

    def __init__(self, specs: Iterable[ServiceSpec], directory: Path) -> None:
        """Nothing is started yet."""
        self.services = {spec.name: ServiceProcess(spec, directory) for spec in specs}

    def start(self, seconds: float = READY_SECONDS) -> None:
        """Start all at once and wait until each is ready. Raises StackError; then none is left."""
        try:
            for service in self.services.values():
                service.start()
            for service in self.services.values():
                service.wait_ready(seconds)
        except BaseException:
            self.kill()
            raise

    def revive(self) -> list[str]:
        """Start again what died, each after its wait; give the names of those started."""
        now = time.monotonic()
        return [name for name, service in self.services.items() if service.revive(now)]

    def supervise(
        self,
        until: Callable[[], bool],
        told: Callable[[str], None] = lambda _name: None,
        every: float = 0.2,
    ) -> None:
        """Keep all running until `until()`; `told` hears the name of each that was restarted."""
        while not until():
            for name in self.revive():
                told(name)
            time.sleep(every)

    def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Ask all to end at once, wait, and end what is left after `grace` seconds."""
        for service in self.services.values():
            service.daemon.ask_to_end()
        deadline = time.monotonic() + grace
        for service in self.services.values():
            service.daemon.wait_end(max(0.0, deadline - time.monotonic()))

    def kill(self) -> None:
        """End all at once (`kill -9`)."""
        for service in self.services.values():
            service.daemon.kill()
