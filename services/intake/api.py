"""Intake over HTTP: file a case, see the filing and its receipt."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import TypeAdapter, ValidationError

from fuyuan_contracts.envelope import TraceParent
from fuyuan_contracts.identifiers import CaseId
from fuyuan_contracts.ids import case_id
from services.intake import facts as f
from services.intake import model as m
from services.intake import views
from services.intake.bodies import FilingBody, errors_of, filing_of
from services.intake.store import Store, Vault
from services.runtime.auth import Caller, Role, needs
from services.runtime.domain import NotYetError, business_day
from services.runtime.engine import Engine
from services.runtime.http import FieldError, Problem, UnavailableError
from services.runtime.problems import AGAIN
from services.runtime.streams import Done, Work

IntakeEngine = Engine[m.State, m.Input, f.Fact]
Filer = Annotated[Caller, Depends(needs(Role.FILER))]
AnyCaller = Annotated[Caller, Depends(needs(Role.FILER, Role.LIAISON, Role.OPERATOR))]

_traceparent: TypeAdapter[str] = TypeAdapter(TraceParent)


@dataclass(frozen=True)
class Desk:
    """What filing needs: the engine, the vault and what the deployment says."""

    engine: IntakeEngine
    vault: Vault
    store: Store
    case_key: bytes
    divisions: frozenset[str]
    routing_url: str

    def check_ready(self) -> None:
        """Accept nothing that can't be passed on. Raises UnavailableError (503)."""
        if not self.engine.ready():
            raise UnavailableError

    def errors(self, body: FilingBody) -> list[FieldError]:
        """Say what a well-formed filing gets wrong today."""
        return errors_of(body, self.divisions, business_day(self.engine.now()))

    async def work(self, body: FilingBody, caller: Caller, trace: str) -> Work[m.Input]:
        """Make the decision to take on a filing."""
        filer = caller.office or ""
        filing = await filing_of(body, filer, self.vault)
        subject = case_id(self.case_key, filer, body.reference)
        return Work(subject, m.File(filing), by=caller.key_id, traceparent=trace, first=True)

    def receipt(self, case: m.State) -> dict[str, Any]:
        """Show a filed case's receipt."""
        if not isinstance(case, m.Case) or case.filed is None:
            raise NotYetError
        return {
            "case_id": case.id,
            "receipt": {"number": case.filed.receipt, "filed_at": case.filed.at},
            "status_url": f"{self.routing_url}/v1/cases/{case.id}",
        }

    async def case(self, id_: str) -> tuple[m.Case, f.Filed]:
        """Read a case as it is stored now. Raises NotYetError (404) for an unknown one."""
        state = (await self.engine.state(id_)).state
        if not isinstance(state, m.Case) or state.filed is None:
            raise NotYetError
        return state, state.filed

    async def seen_by(self, id_: str, caller: Caller) -> tuple[m.Case, f.Filed]:
        """Read a case for its filer or who watches. Raises NotYetError (404) for all others."""
        case, filed = await self.case(id_)
        own = caller.role is Role.FILER and caller.office == filed.filing.filer
        if not own and not caller.covers(filed.filing.division):
            raise NotYetError  # that it exists is none of their business
        return case, filed

    async def submit(self, work: Work[m.Input]) -> Done[m.State, f.Fact]:
        """Take a decision on a case; say its refusals in HTTP (Problem 403, 409)."""
        with self.in_http():
            return await self.engine.submit(work)

    @staticmethod
    @contextmanager
    def in_http() -> Iterator[None]:
        """Say in HTTP what a decision refuses: 403 to whom it isn't open, 409 with what stands."""
        try:
            yield
        except m.SaidBeforeError as error:
            raise Problem(409, error.message, said_before(error)) from error
        except m.NotEntitledError as error:
            raise Problem(403, error.message) from error


def trace_of(request: Request) -> str:
    """Continue the caller's trace (W3C), or begin one: it goes from filing to closing."""
    try:
        trace = _traceparent.validate_python(request.headers.get("traceparent"))
    except ValidationError:
        trace = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    request.state.trace = trace  # for the access log
    return trace


def taken(error: m.ReferenceTakenError) -> list[FieldError]:
    """Name the fields in which a filing differs from what was filed under its reference."""
    return [FieldError(field, "differs from what was filed before") for field in error.fields]


def said_before(error: m.SaidBeforeError) -> list[FieldError]:
    """Give the words that stand, by field."""
    return [FieldError(field, f"said before: {words}") for field, words in error.said.items()]


def build_routes(desk: Desk) -> APIRouter:
    """Make the routes about cases."""
    routes = APIRouter(prefix="/v1", tags=["cases"])

    @routes.post("/cases", status_code=202, responses=AGAIN)
    async def file_case(
        body: FilingBody, caller: Filer, request: Request, response: Response
    ) -> dict[str, Any]:
        """案件提请. 202 with the receipt once it is stored; 200 for the same filing again."""
        desk.check_ready()
        if errors := desk.errors(body):
            raise Problem(422, "the filing is not valid", errors)
        try:
            done = await desk.engine.submit(await desk.work(body, caller, trace_of(request)))
        except m.ReferenceTakenError as error:
            raise Problem(409, error.message, taken(error)) from error
        if not done.facts:
            response.status_code = 200
        return desk.receipt(done.state)

    @routes.get("/cases/{id_}")
    async def show_case(id_: CaseId, caller: AnyCaller) -> dict[str, Any]:
        """Show a filing and its receipt: to its filer, its liaison office, an operator."""
        case, filed = await desk.seen_by(id_, caller)
        return desk.receipt(case) | {"filing": views.filing(filed.filing), **views.endings(case)}

    return routes
