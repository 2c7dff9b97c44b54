"""What an operator can ask of every service about its histories (`fuyuan audit` does)."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from services.runtime.anchors import KEPT, LISTS
from services.runtime.auditing import check, check_heads, digest_of, heads_of
from services.runtime.auth import Caller, Role, needs
from services.runtime.clock import Clock
from services.runtime.commits import Commits
from services.runtime.http import Body, Problem
from services.runtime.mongo import Database

Operator = Annotated[Caller, Depends(needs(Role.OPERATOR))]
Line = Annotated[str, Field(min_length=1, max_length=200)]
Limit = Annotated[int, Query(ge=1, le=500)]
FEW = Annotated[int, Query(ge=1, le=50)]
Json = dict[str, Any]


class Acceptance(Body):
    """Why it is right that a kept list is not known any more (a backup was restored, say)."""

    service: Line
    list_id: Line
    why: Line


def build_routes(commits: Commits, db: Database, clock: Clock) -> APIRouter:
    """Make the routes."""
    router = APIRouter(prefix="/v1/audit", tags=["operate"])

    @router.get("/chains")
    async def chains(
        _caller: Operator, after: Annotated[str, Query(max_length=200)] = "", limit: Limit = 200
    ) -> Json:
        """Check the histories of a page of subjects."""
        subjects = await commits.subjects_after(after, limit)
        loaded = await commits.load(subjects)
        findings = [item for name, entries in loaded.items() for item in check(name, entries)]
        return {
            "subjects": len(subjects),
            "commits": sum(map(len, loaded.values())),
            "findings": [asdict(item) for item in findings],
            "next": subjects[-1] if len(subjects) == limit else None,
        }

    @router.get("/lists")
    async def lists(
        _caller: Operator, after: Annotated[int, Query(ge=0)] = 0, limit: FEW = 10
    ) -> Json:
        """Check that the ends of histories that were listed are there; with the lists' digests."""
        found = await db[LISTS].find({"number": {"$gt": after}}).sort("number", 1).to_list(limit)
        shown = []
        for item in found:
            heads = heads_of(item)
            wanted = {f"{head.subject}/{rev}" for head in heads for rev in (1, head.rev)}
            there = await commits.by_id(list(wanted))
            ends = check_heads(heads, there)
            gone = {head.subject for head in heads if f"{head.subject}/1" not in there}
            shown.append({
                "list_id": item["_id"],
                "number": item["number"],
                "commits": item["commits"],
                "digest": digest_of(heads),
                "told": item["told"],
                "findings": [asdict(one) for one in ends],
                "beginnings_missing": sorted(gone - {one.subject for one in ends}),
            })  # fmt: skip
        return {"lists": shown, "next": found[-1]["number"] if len(found) == limit else None}

    @router.get("/kept")
    async def kept(
        _caller: Operator,
        of: Annotated[str, Query(min_length=1, max_length=60)],
        after: Annotated[str, Query(max_length=200)] = "",
        limit: Limit = 500,
    ) -> Json:
        """Give the digests of another service's lists that are kept here."""
        first = f"{of}/{after}"
        query = {"_id": {"$gt": first, "$lt": f"{of}0"}}  # "0" is after "/"
        found = await db[KEPT].find(query).sort("_id", 1).to_list(limit)
        shown = [
            {
                "list_id": item["_id"].partition("/")[2],
                "number": item["number"],
                "commits": item["commits"],
                "digest": item["digest"],
                "accepted": item.get("accepted"),
            }
            for item in found
        ]
        return {"kept": shown, "next": shown[-1]["list_id"] if len(found) == limit else None}

    @router.post("/accept")
    async def accept(body: Acceptance, caller: Operator) -> Json:
        """Note why a list that is kept here is rightly not known any more where it was made."""
        name = f"{body.service}/{body.list_id}"
        accepted = {"by": caller.name, "why": body.why, "at": clock.real()}
        done = await db[KEPT].update_one({"_id": name}, {"$set": {"accepted": accepted}})
        if not done.matched_count:
            raise Problem(404, "not found")
        return {"list_id": body.list_id, "accepted": accepted}

    return router
