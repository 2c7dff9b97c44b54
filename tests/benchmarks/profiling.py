"""Where ours spends its time: `python -m tests.benchmarks.profiling [CASES]` (needs py-spy).

First CPU microseconds a case by process, and what the database was asked; then the same cases'
Python time by layer, from samples of py-spy, which costs too much to be on in the first part.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymongo

from services.stack.servers import Servers
from tests.benchmarks.contest import BATCH, Place, pids_of, wait_closed
from tests.benchmarks.ours import Ours, ours
from tests.benchmarks.watching import cpu_of
from tests.benchmarks.workload import Json, filings, lines

WARM_UP = 100
HERTZ = 100
LAYERS = (
    ("AMQP (aiormq, pamqp)", r"aiormq/|pamqp/"),
    ("MongoDB (pymongo, bson)", r"pymongo/|bson/"),
    ("models (pydantic)", r"pydantic/|fuyuan_contracts/"),
    ("HTTP (uvicorn, fastapi)", r"uvicorn/|fastapi/|starlette/|httptools/|services/runtime/http"),
    ("engine (services/runtime)", r"services/runtime/"),
    ("rooms' own code", r"services/"),
    ("asyncio, uvloop", r"asyncio/|uvloop"),
)
"""A sample belongs to the layer of its innermost frame that is of any."""
OPERATIONS = ("insert", "update", "query", "getmore", "command")
COMMANDS = ("insert", "update", "find", "findAndModify", "count", "aggregate")
"""What came over the network: one command inserts or updates many documents."""


def main() -> None:
    """Measure both, and print."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    spy = shutil.which("py-spy", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if spy is None:
        sys.exit("py-spy is missing: .venv/bin/pip install py-spy")
    with tempfile.TemporaryDirectory(prefix="fuyuan-profile-") as directory:
        place = Place.started(Path(directory))
        try:
            with ours(place) as contestant:
                _run(contestant, filings(WARM_UP + 2 * cases), cases, spy)
        finally:
            place.servers.kill()


def _run(contestant: Ours, given: list[Json], cases: int, spy: str) -> None:
    servers = contestant.local.servers
    _file(contestant, given[:WARM_UP])
    names = {item.pid: name for name, item in contestant.local.stack.services.items() if item.pid}
    pids = pids_of(contestant, servers)
    names |= {pid: name for name in ("rabbitmq", "mongod") for pid in pids[name]}
    before, used = _asked(servers), {pid: cpu_of(pid) for pid in names}
    _file(contestant, given[WARM_UP : WARM_UP + cases])
    cpu = {name: (cpu_of(pid) - used[pid]) / cases * 1e6 for pid, name in names.items()}
    asked = {name: (number - before[name]) / cases for name, number in _asked(servers).items()}
    with tempfile.TemporaryDirectory() as folder:
        mine = {pid: name for pid, name in names.items() if pid in pids["python"]}
        with _spied(spy, mine, Path(folder)):
            _file(contestant, given[WARM_UP + cases :])
        samples = {name: _layers(Path(folder) / f"{name}.raw") for name in mine.values()}
    _print(cpu, samples, asked)


def _file(contestant: Ours, given: list[Json]) -> None:
    before, accepted = contestant.closed(), 0
    for start in range(0, len(given), BATCH):
        accepted += len(contestant.file(lines(given[start : start + BATCH])))
    wait_closed(contestant, before + accepted)


@contextmanager
def _spied(spy: str, pids: Mapping[int, str], folder: Path) -> Iterator[None]:
    running = [
        subprocess.Popen(
            [spy, "record", "--pid", str(pid), "--rate", str(HERTZ), "--format", "raw",
             "--nonblocking", "--output", str(folder / f"{name}.raw"), "--duration", "600"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for pid, name in pids.items()
    ]  # fmt: skip
    try:
        yield
    finally:
        for process in running:
            process.send_signal(2)  # it writes what it has on Ctrl-C
        for process in running:
            process.wait(30)


def _layers(file: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in file.read_text().splitlines() if file.exists() else ():
        stack, _, number = line.rpartition(" ")
        found[_layer(stack.split(";"))] += int(number)
    return found


def _layer(frames: list[str]) -> str:
    for frame in reversed(frames):
        for name, pattern in LAYERS:
            if re.search(pattern, frame):
                return name
    return "other"


def _asked(servers: Servers) -> dict[str, int]:
    with pymongo.MongoClient[dict[str, Any]](servers.mongo_url) as client:
        status = client.admin.command("serverStatus")
    counters, commands = status["opcounters"], status["metrics"]["commands"]
    asked = {name: int(counters[name]) for name in OPERATIONS}
    return asked | {f"{name} commands": int(commands[name]["total"]) for name in COMMANDS}


def _print(
    cpu: Mapping[str, float], samples: Mapping[str, Counter[str]], asked: Mapping[str, float]
) -> None:
    layers = [*(name for name, _ in LAYERS), "other"]
    print("CPU microseconds a case, and of Python's their layers:\n")
    print(f"| process | all | {' | '.join(layers)} |")
    print("|---|" + "---|" * (len(layers) + 1))
    total: dict[str, float] = defaultdict(float)
    for name, micros in sorted(cpu.items(), key=lambda item: -item[1]):
        counted = samples.get(name, Counter())
        shares = {layer: counted[layer] / max(1, counted.total()) * micros for layer in layers}
        for layer, part in shares.items():
            total[layer] += part
        cells = " | ".join(f"{shares[layer]:.0f}" if counted else "" for layer in layers)
        print(f"| {name} | {micros:.0f} | {cells} |")
    print(f"| all | {sum(cpu.values()):.0f} | {' | '.join(f'{total[n]:.0f}' for n in layers)} |")
    print("\nmongod, operations a case:", ", ".join(f"{n} {v:.1f}" for n, v in asked.items()))


if __name__ == "__main__":
    main()
