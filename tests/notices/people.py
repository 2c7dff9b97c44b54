"""Events and subscriptions for tests of the whole room."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from fuyuan_contracts.ids import case_id
from services.runtime.service import Service
from tests.notices.conftest import Answer, Site, repeating
from tests.support.rooms import Ask

Say = Callable[..., Awaitable[None]]
Until = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
Running = Service[Any, Any, Any]
COURT = {"role": "filer", "office": "court.410526"}
LIAISON = {"role": "liaison", "office": None, "division": "410500"}
OPERATOR = {"role": "operator", "office": None}
DUE = datetime(2030, 9, 10, 10, tzinfo=UTC)


def new_case() -> str:
    return case_id(b"t", "x", uuid.uuid4().hex)


def office() -> str:
    """An office of this test's own, so that no other test's subscriptions hear of it."""
    return f"tax{uuid.uuid4().hex[:8].translate(str.maketrans('0123456789', 'ghijklmnop'))}.410526"


def filed(case: str, filer: str = "court.410526", **more: Any) -> dict[str, Any]:
    return {
        "case_id": case, "kind": "bankruptcy", "filer": filer,
        "reference": "（2024）豫0526破3号",
        "title": "某公司破产清算", "summary": "秘密的经过",
        "division": "410526", "lane": "ordinary",
        "filed_on": "2024-09-06",
        "details": {
            "kind": "bankruptcy", "needs": ["tax_clearance"], "procedure": "liquidation",
            "debtor": {"name": "某公司", "credit_code": "91350100M000100Y43"},
        },
    } | more  # fmt: skip


def routed(case: str, to: str, count: int = 1) -> dict[str, Any]:
    tasks = [
        "tax_clearance",
        "tax_relief",
        "deregistration",
        "financing",
        "retirement",
        "credit_repair",
    ]
    issued = [
        {
            "assignment_id": f"{case}.{task}.1", "task": task, "agency": "tax", "office": to,
            "rule": "r1", "rules_version": 1, "reason": "按规则", "receipt_due": DUE.isoformat(),
            "resolution_due": DUE.isoformat(),
        }
        for task in tasks[:count]
    ]  # fmt: skip
    return {"case_id": case, "kind": "bankruptcy", "division": "410526", "assignments": issued}


def about(case: str, to: str, **more: Any) -> dict[str, Any]:
    context = {
        "case_id": case, "kind": "bankruptcy", "division": "410526", "task": "tax_clearance",
        "agency": "tax", "office": to,
    }  # fmt: skip
    return {"assignment_id": f"{case}.tax_clearance.1", "context": context, **more}


async def subscribed(
    ask: Ask, until: Until, site: Site, answer: Answer = repeating, who: Any = None, **terms: Any
) -> tuple[dict[str, Any], str]:
    """Make a subscription and wait for its check; gives it with its secret, and its path."""
    path = f"/{uuid.uuid4().hex}"
    body = {"channel": "webhook", "url": site.url(path, answer), **terms}
    made = await ask("POST", "/subscriptions", json=body, **(who or {}))
    assert made.status_code == 201, made.text
    id_ = made.json()["id"]
    await standing(ask, until, id_, "active", who)
    await until(lambda: listed(ask, id_, who))
    return made.json(), path


async def listed(ask: Ask, id_: str, who: Any) -> bool:
    found = (await ask("GET", "/subscriptions?limit=200", **(who or {}))).json()["subscriptions"]
    return any(one["id"] == id_ and one["state"]["code"] == "active" for one in found)


async def standing(ask: Ask, until: Until, id_: str, code: str, who: Any = None) -> Any:
    async def reached() -> Any:
        found = (await ask("GET", f"/subscriptions/{id_}", **(who or {}))).json()
        return found if found["state"]["code"] == code else None

    return await until(reached)


async def arrived(until: Until, site: Site, path: str, count: int = 1) -> list[dict[str, Any]]:
    async def enough() -> Any:
        found = site.notices(path)
        return found if len(found) >= count else None

    return [one.body for one in await until(enough)]
