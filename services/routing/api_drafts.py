"""HTTP of drafts: checked, and rehearsed on the cases there are, before they are in force."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends
from pydantic import Field, model_validator

from services.routing import rehearsal
from services.routing.access import scope
from services.routing.changing import both, checked, may_change, shown
from services.routing.current import Current, Version
from services.routing.drafts import diff, of_rule, whole, with_rule
from services.routing.files import Ladders, RuleEntry, Rules
from services.routing.loading import digest
from services.routing.searching import Search
from services.routing.store import Rulebooks, Store
from services.routing.surveying import RoutingEngine, rehearse
from services.runtime.auth import Caller, Role, needs
from services.runtime.domain import RefusedError, business_day
from services.runtime.http import Body, Problem
from services.runtime.mongo import Database

Desk = Annotated[Caller, Depends(needs(Role.LIAISON, Role.OPERATOR))]
Json = dict[str, Any]
NEWEST = 1_000
"""So many of the newest cases are tried where no days are named."""
MOST = 500_000


class Drafted(Body):
    """A draft: all rules, or one rule put among those there are."""

    rules: tuple[RuleEntry, ...] | None = None
    ladder: Ladders | None = None
    """With `rules`; without, it stays as it is."""
    rule: RuleEntry | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.rules is None) == (self.rule is None):
            raise ValueError("give either rules or rule")
        if self.rule is not None and self.ladder is not None:
            raise ValueError("a ladder goes with all rules, not with one")
        return self

    def on(self, version: Version) -> Rules:
        """Give the draft as a whole. Raises Problem."""
        if self.rule is not None:
            return with_rule(version.rules, self.rule)
        return whole(self.rules or (), self.ladder or version.rules.ladder)

    def field_of(self, version: Version) -> Callable[[str], str]:
        """Turn paths in the rulebook into fields of this body."""
        return of_rule(self.on(version), self.rule.id) if self.rule else str


class Rehearsed(Drafted):
    """A draft to be tried on filings: of a period, or the newest."""

    limit: Annotated[int | None, Field(ge=1, le=MOST)] = None
    """The newest so many of them; all of a period, else 1,000."""
    since: date | None = None
    until: date | None = None
    """Filed on these days, both included."""

    def search(self, today: date) -> tuple[Search, int]:
        """Say which filings, and how many. Raises RefusedError for days that can't be."""
        if self.since and self.since > today:
            raise RefusedError(f"lies in the future: today is {today}", "since")
        if self.since and self.until and self.until < self.since:
            raise RefusedError(f"ends ({self.until}) before it begins ({self.since})", "until")
        most = MOST if self.since or self.until else NEWEST
        return Search(filed_from=self.since, filed_to=self.until), self.limit or most


def build_routes(engine: RoutingEngine, db: Database, current: Current) -> APIRouter:
    """Make the routes."""
    router = APIRouter(prefix="/v1")
    stored, cases = Rulebooks(db), Store(db)

    @router.post("/rules/check")
    async def check(body: Drafted, _caller: Desk) -> Json:
        version = current.version
        rules, offices, field_of = body.on(version), version.offices, body.field_of(version)
        warnings = checked(rules, offices, version, field_of)
        found = diff(both(version.rules, version.offices), both(rules, offices))
        return {**shown(version), "changes": found, "warnings": warnings}

    @router.post("/rules/rehearse")
    async def rehearse_(body: Rehearsed, caller: Desk) -> Json:
        """试算. Nothing changes; that it was tried is noted, since putting it in force needs it."""
        search, limit = body.search(business_day(engine.now()))
        version = current.version
        rules, offices = body.on(version), version.offices
        warnings = checked(rules, offices, version, body.field_of(version))
        books = version.book, current.draft(rules, offices)
        tally = await rehearse(engine, cases, scope(caller), search, limit, books)
        name = rehearsal.named(version.number, digest(rules, offices))
        tried = {
            "at": engine.now(),
            "by": caller.name or caller.key_id,
            "since": body.since.isoformat() if body.since else None,
            "until": body.until.isoformat() if body.until else None,
            **tally.counts(),
        }
        counts = _counts_for_all(caller)
        if counts:
            await stored.note(name, tried)
        found = {**shown(version), **tally.shown(), "warnings": warnings}
        return found | {"rehearsal": name if counts else None}

    return router


def _counts_for_all(caller: Caller) -> bool:
    """Tell whether it was tried on all cases: a county sees its own only."""
    try:
        may_change(caller)
    except Problem:
        return False
    return True
