"""Service processes: ready before use, restarted when they die, gone when they are stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.stack.daemons import Daemon, StackError, leftover
from services.stack.local import ROOT
from services.stack.ports import free_port, is_free, kept_ports
from services.stack.processes import ServiceSpec, Stack, claim

SERVICE = """
import http.server, os, signal, sys, time
if os.environ.get("BROKEN"):
    sys.exit("cannot start: BROKEN is set")
if os.environ.get("DEAF"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
else:
    def end(*_):
        signal.signal(signal.SIGTERM, lambda *_: os._exit(2))  # a second one is one too many
        time.sleep(0.1)
        sys.exit(0)
    signal.signal(signal.SIGTERM, end)
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/ready" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(os.environ["HTTP_PORT"])), Ready).serve_forever()
"""
Build = Callable[..., Stack]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    (tmp_path / "sample_service.py").write_text(SERVICE)
    built: list[Stack] = []

    def with_environment(**env: str) -> Stack:
        port = free_port()
        base = {"HTTP_PORT": str(port), "PYTHONPATH": str(tmp_path)}
        spec = ServiceSpec("sample", "sample_service", {**base, **env}, port)
        built.append(Stack([spec], tmp_path / "local"))
        return built[-1]

    yield with_environment
    for stack in built:
        stack.kill()


def eventually(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


def test_a_started_stack_is_ready_and_a_stopped_one_is_gone(build: Build, tmp_path: Path) -> None:
    stack = build()
    stack.start()
    sample = stack.services["sample"]
    assert sample.ready()
    assert (tmp_path / "local/run/sample.pid").read_text() == str(sample.pid)
    stack.stop()
    assert sample.pid is None
    assert sample.daemon.exit_code == 0
    assert is_free(sample.spec.port)
    assert not (tmp_path / "local/run/sample.pid").exists()


def test_a_service_that_cannot_start_is_named_with_the_end_of_its_log(build: Build) -> None:
    with pytest.raises(StackError, match=r"sample exited with 1: .*BROKEN is set"):
        build(BROKEN="1").start()


def test_a_service_that_ignores_sigterm_is_killed_after_the_grace(build: Build) -> None:
    stack = build(DEAF="1")
    stack.start()
    stack.stop(grace=0.2)
    assert stack.services["sample"].daemon.exit_code == -signal.SIGKILL


def test_a_killed_service_is_started_again(build: Build) -> None:
    stack = build()
    stack.start()
    sample = stack.services["sample"]
    before = sample.pid
    assert before
    os.kill(before, signal.SIGKILL)
    told: list[str] = []
    stack.supervise(until=lambda: bool(told), told=told.append, every=0.01)
    sample.wait_ready()
    assert told == ["sample"]
    assert sample.pid != before
    assert sample.restarts == 1


def test_a_service_that_keeps_dying_is_started_less_and_less_often(build: Build) -> None:
    stack = build(BROKEN="1")
    sample = stack.services["sample"]
    sample.start()
    waits = []
    now = time.monotonic()
    for _ in range(9):
        assert eventually(lambda: sample.pid is None)
        if not sample.revive(now):
            assert sample.again is not None
            waits.append(round(sample.again - now, 3))
            now = sample.again
            assert sample.revive(now)
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_only_one_process_runs_a_stack(tmp_path: Path) -> None:
    with (
        claim(tmp_path),
        pytest.raises(StackError, match=f"process {os.getpid()}"),
        claim(tmp_path),
    ):
        pytest.fail("the second one got it too")
    with claim(tmp_path):
        assert (tmp_path / "owner").read_text() == str(os.getpid())


def test_what_a_killed_run_left_behind_is_ended_at_the_next_start(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    first = Daemon("sleeper", command, {}, tmp_path)
    first.start()
    second = Daemon("sleeper", command, {}, tmp_path)
    try:
        assert eventually(lambda: leftover(second.pid_file) == first.pid)
        second.start()
        assert first.exit_code == -signal.SIGKILL
        assert second.pid is not None
    finally:
        second.kill()
        first.kill()


def test_another_process_with_a_noted_id_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "sleeper.pid"
    file.write_text(str(os.getpid()))
    assert leftover(file) is None


def test_ports_are_kept_while_they_are_free(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = kept_ports(file, ("a", "b"))
    assert first["a"] != first["b"]
    assert kept_ports(file, ("a", "b")) == first


HOLDER = """
import sys, time
from pathlib import Path
from services.stack.processes import ServiceSpec, Stack, claim
directory, port = Path(sys.argv[1]), int(sys.argv[2])
env = {"HTTP_PORT": str(port), "PYTHONPATH": sys.argv[3]}
with claim(directory):
    stack = Stack([ServiceSpec("sample", "sample_service", env, port)], directory)
    try:
        stack.start()
        print("started", flush=True)
        time.sleep(60)
    finally:
        stack.stop()
"""


def test_a_holder_that_is_asked_to_end_stops_what_it_started(build: Build, tmp_path: Path) -> None:
    del build  # writes the sample service
    port = free_port()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "local"), str(port), str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"started\n"
    holder.send_signal(signal.SIGTERM)
    assert holder.wait(15) == 128 + signal.SIGTERM
    assert eventually(lambda: is_free(port))
