"""HTTP for the officers of a service's offices: their list, one assignment, and the acts."""

from collections.abc import Collection
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field, TypeAdapter, ValidationError

from fuyuan_contracts.identifiers import AssignmentId, OfficeId
from fuyuan_contracts.outcomes import AnyOutcome
from fuyuan_contracts.reports import personal
from fuyuan_contracts.steps import AnyStep
from services.agencies import model as m
from services.agencies import store as s
from services.agencies.views import cursor_of, document, place_of, row
from services.runtime.auth import Caller, Role, needs
from services.runtime.domain import NotYetError
from services.runtime.engine import Engine
from services.runtime.http import Body, FieldError, Problem, field_errors
from services.runtime.personal import SAY_IT_ELSEWHERE, Told
from services.runtime.streams import Work

OUTCOME: TypeAdapter[AnyOutcome] = TypeAdapter(AnyOutcome)
STEP: TypeAdapter[AnyStep] = TypeAdapter(AnyStep)

Officer = Annotated[Caller, Depends(needs(Role.OFFICER))]
Reader = Annotated[Caller, Depends(needs(Role.OFFICER, Role.OPERATOR))]
AgencyEngine = Engine[m.Assignment, m.Input, m.Fact]


class Listing(Body):
    """Which assignments to list."""

    state: (
        Literal[
            "open", "delivered", "received", "accepted", "waiting_information", "resolved",
            "returned", "recalled", "failed",
        ]
        | None
    ) = Field(None, description="环节；open 为在办 (not ended)")  # fmt: skip
    task: str | None = Field(None, max_length=40)
    overdue: bool | None = Field(None, description="是否超期")
    office: OfficeId | None = Field(None, description="承办单位；经办人只能查本单位")
    cursor: str | None = Field(None, max_length=200, description="上一页的 next")
    limit: int = Field(50, ge=1, le=200)


class Note(Body):
    """进展. Which fields the step has depends on its `step` (`AnyStep`)."""

    note: Told
    step: dict[str, Any] | None = None


class Question(Body):
    """要求补充材料."""

    question: Told


class Returning(Body):
    """退回."""

    reason: Told
    better_office: OfficeId | None = None


class Resolving(Body):
    """办结. Which fields the outcome has depends on the task (`AnyOutcome`)."""

    outcome: dict[str, Any]


def build_routes(engine: AgencyEngine, store: s.Store, offices: Collection[str]) -> APIRouter:
    """Make the routes for the officers of `offices`; operators may read."""
    api = APIRouter(prefix="/v1", tags=["assignments 交办"])
    _add_reading(api, engine, store, offices)
    _add_acting(api, engine, offices)
    return api


def _add_reading(
    api: APIRouter, engine: AgencyEngine, store: s.Store, offices: Collection[str]
) -> None:
    @api.get("/assignments", summary="本单位交办事项列表")
    async def listing(caller: Reader, asked: Annotated[Listing, Query()]) -> dict[str, Any]:
        now = engine.now()
        query = s.Query(
            office=_scope(caller, asked.office, offices),
            state=asked.state,
            task=asked.task,
            overdue=asked.overdue,
            after=place_of(asked.cursor) if asked.cursor else None,
        )
        found = await store.list(query, asked.limit + 1, now)
        page, more = found[: asked.limit], len(found) > asked.limit
        items = [row(item, now) for item in page]
        return {"items": items, "next": cursor_of(page[-1]) if more else None}

    @api.get("/assignments/{assignment}", summary="交办事项详情")
    async def one(assignment: AssignmentId, caller: Reader) -> dict[str, Any]:
        folded = await engine.state(assignment)
        office = _scope(caller, None, offices)
        if folded.state.stage is m.Stage.UNKNOWN or office not in (None, folded.state.office):
            raise NotYetError(assignment)
        return document(folded.state, engine.now(), may_act=office is not None)


def _add_acting(api: APIRouter, engine: AgencyEngine, offices: Collection[str]) -> None:
    async def act(caller: Caller, assignment: str, what: m.Act) -> dict[str, Any]:
        done = await engine.submit(Work(assignment, what, by=caller.key_id))
        return document(done.state, engine.now(), may_act=True)

    def who(caller: Caller) -> tuple[str, str]:
        return _scope(caller, None, offices) or "", caller.name or caller.key_id

    @api.post("/assignments/{assignment}/receive", summary="签收")
    async def receive(assignment: AssignmentId, caller: Officer) -> dict[str, Any]:
        return await act(caller, assignment, m.Receive(*who(caller)))

    @api.post("/assignments/{assignment}/accept", summary="受理")
    async def accept(assignment: AssignmentId, caller: Officer) -> dict[str, Any]:
        return await act(caller, assignment, m.Accept(*who(caller)))

    @api.post("/assignments/{assignment}/progress", summary="报告进展")
    async def progress(assignment: AssignmentId, caller: Officer, body: Note) -> dict[str, Any]:
        step = None if body.step is None else read_part(STEP, "step", body.step)
        return await act(caller, assignment, m.Progress(*who(caller), body.note, step))

    @api.post("/assignments/{assignment}/information", summary="要求补充材料")
    async def ask(assignment: AssignmentId, caller: Officer, body: Question) -> dict[str, Any]:
        return await act(caller, assignment, m.Ask(*who(caller), body.question))

    @api.post("/assignments/{assignment}/return", summary="退回")
    async def give_back(
        assignment: AssignmentId, caller: Officer, body: Returning
    ) -> dict[str, Any]:
        what = m.Return(*who(caller), body.reason, body.better_office)
        return await act(caller, assignment, what)

    @api.post("/assignments/{assignment}/resolve", summary="办结")
    async def resolve(assignment: AssignmentId, caller: Officer, body: Resolving) -> dict[str, Any]:
        what = m.Resolve(*who(caller), read_outcome(body.outcome))
        return await act(caller, assignment, what)


def read_outcome(given: dict[str, Any]) -> dict[str, Any]:
    """Check an outcome's form. Raises Problem (422) naming each field (`outcome.owed_fen`)."""
    return read_part(OUTCOME, "outcome", given)


def read_part(adapter: TypeAdapter[Any], name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Read one of a union as JSON. Raises Problem (422) naming each field (`<name>.<field>`)."""
    try:
        found = adapter.validate_python(given)
    except ValidationError as error:
        # a place is (which, field), as the union tells its parts apart; or none at all
        listed = error.errors(include_url=False, include_input=False)
        named = [{**item, "loc": (name, *item["loc"][1:])} for item in listed]
        raise Problem(422, "the request is not valid", field_errors(named)) from error
    plain: dict[str, Any] = adapter.dump_python(found, mode="json", exclude_none=True)
    if wrong := [FieldError(path, SAY_IT_ELSEWHERE) for path in personal(plain, name)]:
        raise Problem(422, "the request is not valid", wrong)
    return plain


def _scope(caller: Caller, asked: str | None, offices: Collection[str]) -> str | None:
    """Tell which office's assignments a caller sees; None: all of the agency's (an operator)."""
    if caller.role is Role.OPERATOR:
        return asked
    if caller.office not in offices:
        raise Problem(403, f"{caller.office} is not an office of this service")
    if asked not in (None, caller.office):
        raise Problem(403, "an officer sees their own office's assignments only")
    return caller.office
