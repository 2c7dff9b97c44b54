"""An office's own consumer: declare what your code does with an assignment, and run."""

import asyncio
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from fuyuan_contracts.agency import loading, logs
from fuyuan_contracts.agency.assignment import Assignment
from fuyuan_contracts.agency.declared import Declarations, Declared, Handler, Hook
from fuyuan_contracts.agency.model import Stage
from fuyuan_contracts.agency.settings import Settings
from fuyuan_contracts.agency.store import Store

AnyHandler = TypeVar("AnyHandler", bound=Handler)
AnyHook = TypeVar("AnyHook", bound=Hook)


class Agency:
    """One office: its inbox, its store, its code.

    `receive`: whether the office has declared that its program says `received` (签收) by itself.
    `retries`: how often a handler is run again after an error (waits `retry_seconds`, doubled each
    time, five minutes at most) before routing is told `failed`. `at_once`: how many assignments are
    handled at the same time. `stop_seconds`: how long handlers may go on after SIGTERM.
    """

    def __init__(  # noqa: PLR0913 -- by keyword, and each is said in one place
        self,
        *,
        office: str,
        url: str = "",
        inbox: str = "",
        store: str | Path = "",
        ca: str | Path | None = None,
        receive: bool = False,
        retries: int = 5,
        retry_seconds: float = 1,
        at_once: int = 4,
        prefetch: int = 20,
        stop_seconds: float = 20,
    ) -> None:
        """Note it all; nothing is opened or connected yet."""
        path = Path(store) if store else Path(f"{office}.sqlite3")
        self.settings = Settings(office, url, inbox, path, Path(ca) if ca else None)
        self.declared = Declarations(receive, retries)
        self._retry_seconds = retry_seconds
        self._at_once = at_once
        self._prefetch = prefetch
        self._stop_seconds = stop_seconds

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **options: Any) -> "Agency":  # noqa: ANN401
        """Read FUYUAN_OFFICE, FUYUAN_AMQP_URL, FUYUAN_INBOX, FUYUAN_STORE and FUYUAN_CA.

        What is missing is said by `run`. `options` are those of the class.
        """
        told = Settings.from_env() if environ is None else Settings.from_env(environ)
        return cls(
            office=told.office,
            url=told.url,
            inbox=told.inbox,
            store=told.store,
            ca=told.ca,
            **options,
        )

    def on(
        self, *tasks: str, receive: bool | None = None, retries: int | None = None
    ) -> Callable[[AnyHandler], AnyHandler]:
        """Declare the handler of some tasks, or with none named of all others."""

        def declare(handler: AnyHandler) -> AnyHandler:
            common = self.declared
            declared = Declared(
                handler,
                common.receive if receive is None else receive,
                common.retries if retries is None else retries,
            )
            common.add(tasks, declared)
            return handler

        return declare

    def on_recalled(self, hook: AnyHook) -> AnyHook:
        """Declare what is run on a recall (撤回交办), with the `AssignmentRecalled`."""
        return self._hook("assignment.recalled", hook)

    def on_refused(self, hook: AnyHook) -> AnyHook:
        """Declare what is run when routing did not take a report, with the `AssignmentRefused`."""
        return self._hook("assignment.refused", hook)

    def on_supplied(self, hook: AnyHook) -> AnyHook:
        """Declare what is run on the filer's answer, with the `InformationSupplied`."""
        return self._hook("information.supplied", hook)

    def on_attached(self, hook: AnyHook) -> AnyHook:
        """Declare what is run on a file that was added, with the `CaseAttached`."""
        return self._hook("case.attached", hook)

    def on_clustered(self, hook: AnyHook) -> AnyHook:
        """Declare what is run when cases alike are found, with the `CaseClustered`."""
        return self._hook("case.clustered", hook)

    def on_linked(self, hook: AnyHook) -> AnyHook:
        """Declare what is run when a person links the case to another, with the `CaseLinked`."""
        return self._hook("case.linked", hook)

    def on_urged(self, hook: AnyHook) -> AnyHook:
        """Declare what is run when the office is urged (催办), with the `AssignmentUrged`."""
        return self._hook("assignment.urged", hook)

    def _hook(self, event: str, hook: AnyHook) -> AnyHook:
        self.declared.add_hook(event, hook)
        return hook

    @cached_property
    def store(self) -> Store:
        """The store, opened when it is first asked for. Raises SettingsError, StoreError."""
        self.settings.check()
        return Store(self.settings.store, self.settings.office)

    def assignments(self, stage: Stage | None = None, limit: int = 1000) -> list[Assignment]:
        """List what waits for the office, or what is in a stage; due first first."""
        return [self.get(found) for found in self.store.ids(stage, limit)]

    def get(self, assignment: str) -> Assignment:
        """Read one. Raises UnknownAssignmentError."""
        return Assignment(self.store, self.store.kept(assignment))

    def run(self) -> None:
        """Read, handle and report until SIGTERM or SIGINT; reconnects by itself.

        Raises SettingsError or StoreError when it can't begin.
        """
        loading.refuse_to_run()
        logs.configure()
        self.settings.check_broker()
        asyncio.run(self.serve())

    async def serve(self) -> None:
        """Do the same inside a program's own event loop (in its main thread)."""
        # imported now: who only looks into the store needs no broker's library
        from fuyuan_contracts.agency.handling import Handling  # noqa: PLC0415
        from fuyuan_contracts.agency.serving import Serving  # noqa: PLC0415

        self.settings.check_broker()
        handling = Handling(
            self.store, self.declared, at_once=self._at_once, retry_seconds=self._retry_seconds
        )
        serving = Serving(self.settings, self.store, self.declared, self._prefetch)
        await serving.run(handling, self._stop_seconds)
