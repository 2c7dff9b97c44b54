"""What an office's code has declared: which tasks and events it wants, and how often it tries."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast, get_args

from fuyuan_contracts.agency.assignment import Assignment
from fuyuan_contracts.agency.inbox import Policy
from fuyuan_contracts.agency.works import ISSUED
from fuyuan_contracts.outcomes import AnyOutcome, Outcome

Handler = Callable[[Assignment], Awaitable[None]]
Hook = Callable[[Assignment, Any], Awaitable[None]]
TASKS = frozenset(
    get_args(cast("type[Outcome]", member).model_fields["task"].annotation)[0]
    for member in get_args(get_args(AnyOutcome)[0])
)
"""The tasks this version knows an outcome of."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A handler with what was declared beside it."""

    call: Handler
    receive: bool
    retries: int


@dataclass(slots=True)
class Declarations:
    """All handlers of one agency."""

    receive: bool = False
    retries: int = 5
    by_task: dict[str, Declared] = field(default_factory=dict)
    for_all: Declared | None = None
    hooks: dict[str, Hook] = field(default_factory=dict)
    """By the short name of the event."""

    def add(self, tasks: tuple[str, ...], handler: Declared) -> None:
        """Declare a handler for some tasks, or for all the others. Raises ValueError, TypeError."""
        _check(handler.call)
        if unknown := sorted(set(tasks) - TASKS):
            raise ValueError(f"no such task: {', '.join(unknown)}; there are {sorted(TASKS)}")
        twice = self.by_task.keys() & set(tasks)
        if twice or (not tasks and self.for_all):
            raise ValueError(f"declared twice: {', '.join(twice) or 'the handler for all'}")
        if not tasks:
            self.for_all = handler
        self.by_task |= dict.fromkeys(tasks, handler)

    def add_hook(self, event: str, hook: Hook) -> None:
        """Declare what is run on an event. Raises ValueError, TypeError."""
        _check(hook)
        if event in self.hooks:
            raise ValueError(f"declared twice: {event}")
        self.hooks[event] = hook

    def of(self, task: str) -> Declared | None:
        """Find the handler of a task."""
        return self.by_task.get(task, self.for_all)

    @property
    def tasks(self) -> tuple[str, ...] | None:
        """The tasks there is a handler for; None for all."""
        return None if self.for_all else tuple(self.by_task)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The events there is code for."""
        return (*self.hooks, *((ISSUED,) if self.by_task or self.for_all else ()))

    def policy(self) -> Policy:
        """Give what the inbox has to know of it."""
        return Policy(receives=self._receives, hooks=frozenset(self.hooks))

    def _receives(self, task: str) -> bool:
        found = self.of(task)
        return found.receive if found else self.receive


def _check(call: Callable[..., Any]) -> None:
    if not inspect.iscoroutinefunction(call):
        raise TypeError(f"{getattr(call, '__name__', call)} must be an `async def`")
