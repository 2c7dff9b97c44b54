"""A bar a service, for what goes through all it has."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from services.cli.common import plain_console

COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())


@contextmanager
def counting() -> Iterator[Callable[[str, int, int], None]]:
    """Show bars on standard error; told the service, how many are done, and of how many."""
    with Progress(*COLUMNS, console=plain_console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def told(service: str, done: int, total: int) -> None:
            if service not in tasks:
                tasks[service] = bars.add_task(service, total=total)
            bars.update(tasks[service], completed=done, total=total)

        yield told


@contextmanager
def advancing(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show one bar on standard error; told how many more are done (`total` None: unknown)."""
    with Progress(*COLUMNS, console=plain_console(stderr=True), transient=True) as bars:
        task = bars.add_task(what, total=total)
        yield lambda more: bars.advance(task, more)
