"""What the routes share: who may, what routing has to say first, decisions taken or only tried."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from fuyuan_contracts.ids import instruction_id
from services.liaison import facts as f
from services.liaison import model as m
from services.liaison.pages import page_of
from services.liaison.parts import Order
from services.liaison.routing import Routing
from services.liaison.store import Store
from services.runtime.auth import Caller, Role, needs
from services.runtime.domain import NotYetError, RefusedError, business_day, division_prefix
from services.runtime.engine import Engine
from services.runtime.http import FieldError, Problem
from services.runtime.streams import Work

LiaisonEngine = Engine[m.State, m.Input, f.Fact]
Officer = Annotated[Caller, Depends(needs(Role.OFFICER, Role.LIAISON, Role.OPERATOR))]
Keeper = Annotated[Caller, Depends(needs(Role.LIAISON, Role.OPERATOR))]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=400)]
DryRun = Annotated[bool, Query(description="只检查，不登记")]
Json = dict[str, Any]
MOST_NAMED = 200


def token_of(request: Request) -> str:
    """Give the caller's own token, as it came, to ask routing with."""
    return request.headers["authorization"]


Token = Annotated[str, Depends(token_of)]


def area(caller: Caller) -> str:
    """Give the beginning of the division codes a caller watches over; "" is everywhere."""
    return "" if caller.role is Role.OPERATOR else division_prefix(caller.division or "none")


def name(caller: Caller) -> str:
    """Name the caller in what is stored."""
    return caller.name[:MOST_NAMED].strip() or caller.key_id


@dataclass(frozen=True)
class Desk:
    """The engine, the lists, and routing."""

    engine: LiaisonEngine
    store: Store
    routing: Routing

    async def division(self, caller: Caller, token: str, said: str | None) -> str:
        """Give the division that is acted for. Raises Problem (403, 422) naming it."""
        division = said or caller.division
        if division is None:
            raise _wrong(422, "division", "is needed: an operator has none of its own")
        if not caller.covers(division):
            raise _wrong(403, "division", "is not yours, nor below it")
        if division != caller.division:
            known = await self.routing.known(token)
            if division not in known.divisions:
                raise _wrong(422, "division", "is no division of this deployment")
        return division

    async def state(self, subject: str) -> m.State:
        """Fold a subject as it is stored now."""
        return (await self.engine.state(subject)).state

    async def take(
        self, subject: str, given: m.Input, caller: Caller, *, dry_run: bool = False
    ) -> tuple[m.State, Sequence[f.Fact]]:
        """Take a decision, or only try it; give the state after it and what it gave.

        Raises Problem (409) naming the fields of what was said otherwise before.
        """
        try:
            if not dry_run:
                done = await self.engine.submit(Work(subject, given, by=caller.key_id))
                return done.state, done.facts
            state = await self.state(subject)
            facts = self.engine.stream.decide(state, given, self.engine.now())
            for fact in facts:
                state = self.engine.stream.evolve(state, fact)
        except m.DiffersError as error:
            wrong = [
                FieldError(field, "differs from what was said before") for field in error.fields
            ]
            raise Problem(409, error.message, wrong) from error
        return state, facts

    async def enter(
        self, subject: str, given: m.Input, caller: Caller, *, dry_run: bool = False
    ) -> Json:
        """Take a decision and show what it led to."""
        state, _ = await self.take(subject, given, caller, dry_run=dry_run)
        return self.page(state, dry_run=dry_run)

    def page(self, state: m.State, *, dry_run: bool = False) -> Json:
        """Show a subject; of a try it says so."""
        return page_of(state, self.engine.now()) | ({"dry_run": True} if dry_run else {})

    async def meeting(self, caller: Caller, meeting_id: str) -> m.Meeting:
        """Give a meeting of the caller's area. Raises NotYetError (404)."""
        state = await self.state(meeting_id)
        if not isinstance(state, m.Meeting) or state.recorded is None:
            raise NotYetError(meeting_id)
        if not caller.covers(state.recorded.minutes.division):
            raise NotYetError(meeting_id)  # that it exists is none of their business
        return state

    async def issue(
        self, order: Order, caller: Caller, token: str, *, dry_run: bool
    ) -> tuple[m.State, bool]:
        """Issue an instruction once routing knows its office and its case; tell if it is new.

        Raises Problem, RefusedError, UnavailableError; nothing is stored then.
        """
        subject = instruction_id(order.division, order.number)
        given = m.Issue(order, name(caller))
        state, facts = await self.take(subject, given, caller, dry_run=True)
        if not facts:
            return state, False  # it is there already
        await self._check(order, token)
        state, facts = await self.take(subject, given, caller, dry_run=dry_run)
        return state, bool(facts)

    async def _check(self, order: Order, token: str) -> None:
        known = await self.routing.known(token)
        receives = known.offices.get(order.office)
        if receives is None:
            raise RefusedError("there is no such office", "office")
        if not receives:
            raise RefusedError("takes no assignments, so no instructions either", "office")
        if not within_reach(order.division, order.office):
            msg = f"is neither of the division {order.division} or below it, nor of its city"
            raise RefusedError(msg, "office")
        if order.case_id is None:
            return
        if order.assignment_id and not order.assignment_id.startswith(f"{order.case_id}."):
            raise RefusedError("is an assignment of another case", "assignment_id")
        found = await self.routing.case(token, order.case_id)
        if found is None:
            field = "case_id" if order.assignment_id is None else "assignment_id"
            raise RefusedError("there is no such case, or none that you may see", field)
        given = {item["assignment_id"] for item in found["assignments"]}
        if order.assignment_id and order.assignment_id not in given:
            raise RefusedError("the case has no such assignment", "assignment_id")

    @property
    def today(self) -> date:
        """Give the business day."""
        return business_day(self.engine.now())


def within_reach(division: str, office: str) -> bool:
    """Tell whether a division may instruct an office: its own, one below it, or its city's."""
    where = office.rpartition(".")[2]
    return where.startswith(division_prefix(division)) or where == f"{division[:4]}00"


def _wrong(status: int, field: str, message: str) -> Problem:
    return Problem(status, "refused", [FieldError(field, message)])
