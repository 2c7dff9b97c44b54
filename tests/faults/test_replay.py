"""A replay is killed in the middle, and so are routing and the broker under it: nothing is lost."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.replay.journal import Journal
from services.stack.daemons import leftover
from tests.replay.made import write

CASES, DAYS = 600, 3
LIMIT_SECONDS = 900
pytestmark = pytest.mark.faults


class Replaying:
    """The command, as a process."""

    def __init__(self, record: Path, directory: Path) -> None:
        self.directory = directory
        self._command = [sys.executable, "-m", "services", "replay", str(record),
                         "--directory", str(directory)]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self._process = subprocess.Popen(self._command, env=env)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + LIMIT_SECONDS
        while not holds():
            assert self._process
            assert self._process.poll() is None, "it ended too early"
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def filed(self) -> int:
        file = self.directory / "journal.sqlite"
        return Journal(file).cases() if file.exists() else 0

    def kill(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait()

    def kill_part(self, pid_file: str) -> None:
        pid = leftover(self.directory.resolve() / pid_file)
        assert pid
        os.kill(pid, signal.SIGKILL)

    def result(self) -> dict[str, Any]:
        assert self._process
        assert self._process.wait(LIMIT_SECONDS) == 0
        file = self.directory.with_name(f"{self.directory.name}.json")
        found: dict[str, Any] = json.loads(file.read_text())
        return found

    def end(self) -> None:
        """End what a failed test has left."""
        if self._process and self._process.poll() is None:
            self._process.kill()
        for file in self.directory.rglob("*.pid"):
            if pid := leftover(file.resolve()):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def replaying(tmp_path: Path) -> Iterator[Replaying]:
    record = write(tmp_path / "record.jsonl", CASES, DAYS)
    made = Replaying(record, tmp_path / "replay")
    yield made
    made.end()


def test_replayer_routing_and_broker_are_killed_once_each(replaying: Replaying) -> None:
    replaying.start()
    replaying.wait_until(lambda: replaying.filed() > CASES // DAYS // 3)
    replaying.kill()
    filed = replaying.filed()
    assert 0 < filed < CASES
    replaying.start()
    replaying.wait_until(lambda: replaying.filed() > CASES // DAYS)
    replaying.kill_part("run/routing.pid")
    replaying.wait_until(lambda: replaying.filed() > 2 * CASES // DAYS)
    replaying.kill_part("broker/rabbitmq.pid")
    result = replaying.result()
    wanted = {"filed": CASES, "lost": 0, "duplicates": 0, "parked": 0, "unsent": 0, "why": []}
    assert {name: result[name] for name in wanted} == wanted
    assert result["closed"] > CASES * 0.9
    print(result)
