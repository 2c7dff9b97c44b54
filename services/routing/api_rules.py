"""HTTP of the rules: the version in force, its predecessors, changes."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from fuyuan_contracts.cases import Details, Lane, asked
from fuyuan_contracts.identifiers import DivisionCode
from services.routing.changing import Changes, Said, shown
from services.routing.current import Current, Version
from services.routing.drafts import diff, of_rule, whole, with_rule, without_rule
from services.routing.files import Ladders, Offices, RuleEntry, Rules, plain
from services.routing.loading import RulebookError
from services.routing.rulebook import Filing
from services.routing.status import explained
from services.routing.store import Rulebooks
from services.routing.surveying import RoutingEngine
from services.runtime.auth import Caller, Role, needs
from services.runtime.http import Body, FieldError, Problem
from services.runtime.mongo import Database
from services.runtime.personal import ToldLine

Anyone = Annotated[Caller, Depends(needs())]
Desk = Annotated[Caller, Depends(needs(Role.LIAISON, Role.OPERATOR))]
DryRun = Annotated[bool, Query()]
Base = Annotated[int, Field(ge=1, le=2**31 - 1)]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Json = dict[str, Any]
INNER = ("key", "case_id", "task")
"""Who changed it by which key, and the case whose task made a rule."""


class Question(Body):
    """What a filing would say, as far as routing looks at it."""

    division: DivisionCode
    lane: Lane = Lane.ORDINARY
    details: Details


class Reasoned(Body):
    """Why something is changed, and which version was looked at."""

    why: ToldLine
    base_version: Base


class NewRules(Reasoned):
    """All rules anew, in the form of `deploy/routing.yaml`; without a ladder it stays as it is."""

    rules: tuple[RuleEntry, ...]
    ladder: Ladders | None = None


class NewRule(Reasoned):
    """One rule, added or changed."""

    rule: RuleEntry
    new: bool | None = None
    """True: its id must not be taken. False: it must be there."""


class Restored(Reasoned):
    """An old version made the newest."""

    force: bool = False


def build_routes(engine: RoutingEngine, db: Database, current: Current) -> APIRouter:  # noqa: C901 - one function a route
    """Make the routes."""
    router = APIRouter(prefix="/v1")
    changes = Changes(engine, db, current)
    stored = Rulebooks(db)

    @router.get("/rules")
    async def rules(_caller: Anyone) -> Json:
        return {**shown(current.version), **_whole(current.version.rules)}

    @router.put("/rules")
    async def replace(body: NewRules, caller: Desk, dry_run: DryRun = False) -> Json:  # noqa: FBT002 - a query's parameter
        said = Said(caller, body.why, body.base_version, dry_run, tried=True)

        def draft(newest: Version) -> tuple[Rules, Offices]:
            return whole(body.rules, body.ladder or newest.rules.ladder), newest.offices

        return await changes.make(said, draft)

    @router.put("/rules/{rule_id}")
    async def put(rule_id: str, body: NewRule, caller: Desk, dry_run: DryRun = False) -> Json:  # noqa: FBT002 - a query's parameter
        if body.rule.id != rule_id:
            wrong = FieldError("rule.id", f"expected {rule_id}, as in the path")
            raise Problem(422, "the rule has another id", [wrong])
        said = Said(caller, body.why, body.base_version, dry_run)

        def draft(newest: Version) -> tuple[Rules, Offices]:
            return with_rule(newest.rules, body.rule, new=body.new), newest.offices

        named = with_rule(current.version.rules, body.rule)
        return await changes.make(said, draft, of_rule(named, rule_id))

    @router.delete("/rules/{rule_id}")
    async def delete(rule_id: str, body: Reasoned, caller: Desk, dry_run: DryRun = False) -> Json:  # noqa: FBT002 - a query's parameter
        said = Said(caller, body.why, body.base_version, dry_run)
        return await changes.make(
            said, lambda newest: (without_rule(newest.rules, rule_id), newest.offices)
        )

    @router.get("/rules/versions")
    async def versions(
        caller: Anyone,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    ) -> Json:
        found = await stored.page(limit + 1, before)
        listed = [{"version": item.pop("_id"), **_told(caller, item)} for item in found[:limit]]
        more = len(found) > limit
        return {"versions": listed, "next": listed[-1]["version"] if more else None}

    @router.get("/rules/versions/{number}")
    async def version(number: Number, caller: Anyone) -> Json:
        found = await _version(stored, number)
        before = await stored.get(number - 1)
        made = {"version": found.pop("_id"), **_told(caller, found)}
        del made["receivers"]
        return made | {"changes": diff(before, found) if before else None}

    @router.post("/rules/versions/{number}/restore")
    async def restore(
        number: Number,
        body: Restored,
        caller: Desk,
        dry_run: DryRun = False,  # noqa: FBT002 - a query's parameter
    ) -> Json:
        old = await _version(stored, number)
        try:
            usable = current.read(old)
        except RulebookError as error:
            wrong = [FieldError(item.where, item.message) for item in error.problems]
            raise Problem(409, f"version {number} can't be used any more", wrong) from error
        said = Said(caller, body.why, body.base_version, dry_run, body.force, {"restored": number})
        return await changes.make(said, lambda _newest: (usable.rules, usable.offices))

    @router.post("/route/explain")
    async def explain_(question: Question, _caller: Anyone) -> Json:
        details = question.details.model_dump(mode="json", exclude_none=True)
        lane, needed = question.lane.value, asked(details)
        filing = Filing(details["kind"], question.division, lane, needed, details)
        return explained(current.book, filing)

    return router


def _whole(rules: Rules) -> Json:
    """Say the rules with the ladder as it is in force, whatever of it is written down."""
    return {**plain(rules), "ladder": rules.ladder.model_dump()}


def _told(caller: Caller, version: Json) -> Json:
    """Leave out of a version what only those who may change it are told."""
    if caller.role in (Role.LIAISON, Role.OPERATOR):
        return version
    return {name: value for name, value in version.items() if name not in INNER}


async def _version(stored: Rulebooks, number: int) -> Json:
    found = await stored.get(number) if 0 < number < 2**31 else None
    if found is None:
        raise Problem(404, f"there is no version {number}")
    return found
