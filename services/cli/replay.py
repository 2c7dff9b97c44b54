"""`fuyuan replay`: the published record goes through the system, on a clock of its own."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from services.cli.common import Json, failing, show
from services.client import ClientError
from services.record.format import RecordError
from services.record.plan import Plan
from services.record.writing import write_record
from services.replay.asking import ReplayError
from services.replay.index import IndexError_
from services.replay.run import is_clean, prepare, serve, write_result
from services.replay.run import replay as run_replay
from services.stack.daemons import StackError
from services.stack.local import ADDRESSES, ROOT

LOCAL = ROOT / ".local"
LINE_SECONDS = 15
EXPECTED = (RecordError, ReplayError, IndexError_, StackError, ClientError, OSError)

_err = Console(stderr=True)


def _tell(text: str) -> None:
    _err.print(f"· {text}", highlight=False)


def replay(
    record: Annotated[
        Path | None, typer.Argument(help="The record, with its manifest beside it.")
    ] = None,
    scale: Annotated[str, typer.Option(help="Without a record: of the one that is made.")] = "0.01",
    seed: Annotated[int, typer.Option(help="Without a record: of the one that is made.")] = 1,
    directory: Annotated[Path, typer.Option(help="Where its data set is.")] = LOCAL / "replay",
    only_serve: Annotated[
        bool, typer.Option("--serve", help="Only run the services on the data set, until Ctrl-C.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Replay a record of the past: everything it holds goes through intake, offices and bus.

    In a data set of its own, on a simulated clock. The same command goes on where it was
    interrupted. Ends with a reconciliation, also in .local/replay.json. Exit 0: nothing is lost,
    twice, parked, unsent, and every figure is the manifest's.
    """
    with failing(*EXPECTED):
        file = record or _made(scale, seed, directory)
        prepared = prepare(file, directory, _tell)
        if only_serve:
            _serve(directory, file)
            return
        with _progress(prepared.record.manifest.cases) as shown:
            result = run_replay(prepared, os.environ, _tell, shown)
    write_result(directory.with_name(f"{directory.name}.json"), result)
    if as_json:
        show(result)
    else:
        _say(result)
    if not is_clean(result):
        raise typer.Exit(1)


def _made(scale: str, seed: int, directory: Path) -> Path:
    """Make the record of a scale and a seed, once."""
    file = directory.parent / f"record-{scale}-{seed}.jsonl"
    if not file.exists():
        _tell(f"making {file.name}")
        write_record(file, Plan(Fraction(scale), seed), lambda _number: None)
    return file


def _serve(directory: Path, record: Path) -> None:
    stopped = threading.Event()
    with serve(directory, record, os.environ, _tell) as keeper:
        for name, url in keeper.local.urls.items():
            _tell(f"{name:12} {url}")
        _tell(f"export FUYUAN_STACK={directory / ADDRESSES}")
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        while not stopped.wait(0.5):
            keeper.check()


def _say(result: dict[str, object]) -> None:
    names = ("filed", "closed", "open", "parked", "lost", "duplicates", "unsent", "figures")
    said = ", ".join(f"{name} {result[name]}" for name in names)
    rate = f"{result['seconds']} s, {result['cases_per_second']} cases/s"
    wrong = result["differences"]
    typer.echo(f"{said}, different {len(wrong) if isinstance(wrong, list) else '?'}, {rate}")
    for name in ("differences", "why"):
        found = result[name]
        for item in found if isinstance(found, list) else ():
            typer.echo(f"  {item}")


@contextmanager
def _progress(cases: int) -> Iterator["Shown"]:
    """Show how far it is: a bar on a terminal, else a line every so often."""
    if not _err.is_terminal:
        yield Shown(cases, None)
        return
    share = TextColumn("{task.percentage:>3.0f}%")
    text, times = TextColumn("{task.description}"), (TimeElapsedColumn(), TimeRemainingColumn())
    columns = (text, BarColumn(), share, *times)
    with Progress(*columns, console=_err) as bar:
        yield Shown(cases, bar)


class Shown:
    """Told now and then how many cases were filed and are closed."""

    def __init__(self, cases: int, bar: Progress | None) -> None:
        """Begin to count time when it is first told."""
        self._cases, self._bar = cases, bar
        self._task = bar.add_task("", total=cases * 2) if bar else None
        self._began: tuple[float, int] | None = None
        self._filed = self._closed = 0
        self._said = 0.0

    def __call__(self, filed: int, closed: int) -> None:
        """Show it."""
        self._filed, self._closed = max(filed, self._filed), max(closed, self._closed)
        now, done = time.monotonic(), self._filed + self._closed
        if self._began is None:
            self._began = (now, done)
        rate = (done - self._began[1]) / max(now - self._began[0], 0.1) / 2
        text = f"filed {self._filed}, closed {self._closed} of {self._cases}, {rate:.0f} cases/s"
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, description=text)
        elif now - self._said > LINE_SECONDS:
            self._said = now
            left = f", {(self._cases - done / 2) / rate / 60:.0f} min left" if rate > 1 else ""
            _tell(text + left)
