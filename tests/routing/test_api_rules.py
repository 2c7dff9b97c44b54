"""Rules and offices over HTTP, on the real database; the broker is away."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from fuyuan_contracts import events as e
from fuyuan_contracts.channels import service_queue
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.ids import case_id
from services.routing.app import build as build_room
from services.routing.as_rule import AsRule
from services.routing.changing import Changes, Said
from services.routing.current import Current, Version
from services.routing.drafts import without_rule
from services.routing.files import Offices, Rules
from services.routing.rulebook import Filing
from services.routing.settings import RoutingSettings
from services.routing.store import Rulebooks
from services.runtime.auth import Caller, Role
from services.runtime.domain import RefusedError
from services.runtime.service import Service
from services.runtime.streams import Received, Source, Work
from tests.support.rooms import Ask, asking, running

TAX = "tax.410526"
CITY = {"role": "liaison", "division": "410500"}
TWO_SECONDS = 2


async def until(holds: Callable[[], Awaitable[Any]], seconds: float = 20) -> None:
    for _ in range(round(seconds / 0.02)):
        if await holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("not in time")


class Desk:
    """A routing service of this file's own, asked as the city's liaison office."""

    def __init__(self, service: Service[Any, Any, Any], settings: RoutingSettings) -> None:
        self.service, self.settings = service, settings
        self.ask: Ask = asking(service.app, **CITY)

    async def version(self) -> int:
        return int((await self.ask("GET", "rules")).json()["version"])

    async def rules(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.ask("GET", "rules")).json()["rules"]
        return found

    async def put(self, rules: list[dict[str, Any]], query: str = "", **more: Any) -> Any:
        """Rehearse and then activate; what a rehearsal refuses, the change has to refuse."""
        body = {"rules": rules, "why": "试行", "base_version": await self.version()} | more
        draft = {name: body[name] for name in ("rules", "ladder") if name in body}
        await self.ask("POST", "rules/rehearse", json=draft | {"limit": 1})
        return await self.ask("PUT", f"rules{query}", json=body)

    async def versions(self) -> int:
        return int(await self.service.db["rulebooks"].count_documents({}))


async def follows(desk: Desk, current: Current) -> None:
    """Wait for the service to take up what another copy has stored."""

    async def followed() -> bool:
        return await desk.version() == current.version.number

    await until(followed, TWO_SECONDS)


@pytest_asyncio.fixture(scope="module")
async def desk(settings_for: Callable[..., RoutingSettings]) -> AsyncIterator[Desk]:
    settings = settings_for(rules_seconds=0.1)
    async with running(build_room(settings), settings) as service:
        yield Desk(service, settings)


@pytest.fixture
def file(desk: Desk, filing: Callable[..., Filing]) -> Callable[..., Any]:
    """File a case as if it had come from the bus, and wait for its listing."""

    async def go(**changes: Any) -> str:
        made = filing(**changes)
        name = case_id(b"test", made.filer, reference := uuid.uuid4().hex)
        data = e.CaseFiled.model_validate(
            {"case_id": name, "kind": made.kind, "filer": made.filer, "reference": reference,
             "title": made.title, "division": made.division, "lane": made.lane,
             "filed_on": made.filed_on, "details": made.details}
        )  # fmt: skip
        envelope = Envelope(
            id=uuid.uuid4().hex, source="/services/intake", type=data.TYPE, subject=name,
            time="2026-03-02T01:00:00Z", sequence=1, data={},
        )  # fmt: skip
        received = Received(envelope, data, Source(service_queue("routing")))
        work = desk.service.room.read(received)
        assert isinstance(work, Work)
        await desk.service.engine.submit(work)
        await until(lambda: desk.service.db["cases"].find_one({"_id": name}))
        return name

    return go


async def test_a_changed_rule_decides_at_once_and_its_version_says_who_and_why(desk: Desk) -> None:
    before, rules = await desk.version(), await desk.rules()
    rules[0]["resolution_days"] = 12
    answer = await desk.put(rules, why="缩短清税时限")
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert (made["version"], made["stored"], made["by"]) == (before + 1, True, "王某")
    fields = {"resolution_days": {"was": 15, "now": 12}}
    assert made["changes"]["rules"]["changed"] == [{"id": rules[0]["id"], "fields": fields}]
    shown = (await desk.ask("GET", "rules")).json()
    assert (shown["why"], shown["source"]) == ("缩短清税时限", "api")
    listed = (await desk.ask("GET", "rules/versions?limit=1")).json()
    (newest,) = listed["versions"]
    assert (newest["version"], newest["key"], newest["base"]) == (
        before + 1, "k1", before,
    )  # fmt: skip
    assert listed["next"] == before + 1
    one = (await desk.ask("GET", f"rules/versions/{before + 1}")).json()
    assert one["rules"]["rules"][0]["resolution_days"] == 12
    assert one["changes"] == made["changes"]
    filer = {"role": "filer", "office": "court.410526", "division": None}
    (told,) = (await desk.ask("GET", "rules/versions?limit=1", **filer)).json()["versions"]
    assert not {"key", "case_id", "task"} & told.keys()  # whose key made it is not everybody's


@pytest.mark.parametrize("path", [f"rules/versions?before={2**63}", f"rules/versions/{2**63}"])
async def test_a_number_no_version_can_have_is_refused(desk: Desk, path: str) -> None:
    assert (await desk.ask("GET", path)).status_code == 422


async def test_a_reason_holds_nobodys_phone_number(desk: Desk) -> None:
    answer = await desk.put(await desk.rules(), why="请联系 138 0000 0000")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "why"


async def test_who_looked_at_an_older_version_is_told_whose_the_newest_is(desk: Desk) -> None:
    base, rules = await desk.version(), await desk.rules()
    first, second = ([*rules[:-1], {**rules[-1], "resolution_days": days}] for days in (31, 32))
    taken = await desk.put(first, base_version=base, why="先到")
    again = await desk.put(first, base_version=base, why="先到")
    late = await desk.put(second, base_version=base)
    assert (taken.status_code, again.status_code, late.status_code) == (200, 200, 409)
    assert again.json()["version"] == taken.json()["version"] == base + 1
    (error,) = late.json()["errors"]
    assert error["field"] == "base_version"
    assert f"the newest is {base + 1}, by 王某" in error["message"]
    assert "先到" in error["message"]


async def test_of_many_at_once_one_is_stored(desk: Desk) -> None:
    base, rules = await desk.version(), await desk.rules()
    drafts = [[*rules[:-1], {**rules[-1], "resolution_days": 40 + days}] for days in range(6)]
    answers = await asyncio.gather(*(desk.put(item, base_version=base) for item in drafts))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
    assert await desk.version() == base + 1


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"agency": "posts"}, "rules.1.agency"),
    ({"when": {"kind": "divorce", "need": "retirement"}}, "rules.1.when.kind"),
    ({"when": {"kind": "bankruptcy", "need": "unheard_of"}}, "rules.1.when.need"),
    ({"id": "bankruptcy-tax"}, "rules"),
    ({"id": "Not An Id"}, "rules.1.id"),
    ({"receipt_days": 0}, "rules.1.receipt_days"),
    ({"agencies": "tax"}, "rules.1.agencies"),
    ({"reason": {"zh": "只有中文"}}, "rules.1.reason.en"),
]


@pytest.mark.parametrize(("changes", "field"), WRONG)
async def test_rules_that_cannot_be_used_are_refused_by_field(
    desk: Desk, changes: dict[str, Any], field: str
) -> None:
    rules, count = await desk.rules(), await desk.versions()
    rules[1] |= changes
    answer = await desk.put(rules)
    assert answer.status_code == 422
    assert field in {item["field"] for item in answer.json()["errors"]}
    checked = await desk.ask("POST", "rules/check", json={"rules": rules})
    assert checked.status_code == 422
    assert field in {item["field"] for item in checked.json()["errors"]}
    assert await desk.versions() == count


async def test_one_rule_is_added_changed_and_taken_out_and_a_dry_run_stores_nothing(
    desk: Desk,
) -> None:
    rule = {**(await desk.rules())[0], "id": "county-tax"}
    rule |= {"when": {**rule["when"], "division": "410526"}, "resolution_days": 10}
    count = await desk.versions()

    async def send(method: str, query: str = "", **body: Any) -> Any:
        said = {"why": "滑县试点", "base_version": await desk.version()} | body
        return await desk.ask(method, f"rules/county-tax{query}", json=said)

    tried = await send("PUT", "?dry_run=true", rule=rule)
    assert tried.json()["changes"]["rules"]["added"] == ["county-tax"]
    assert tried.json()["stored"] is False
    new = [item for item in tried.json()["warnings"] if item["new"]]
    assert any("county-tax" in item["message"] or item["field"] == "rules" for item in new)
    assert await desk.versions() == count
    assert (await send("DELETE")).status_code == 404
    assert (await send("PUT", rule=rule, new=False)).status_code == 404
    assert (await send("PUT", rule=rule, new=True)).status_code == 200
    assert (await send("PUT", rule=rule, new=True)).status_code == 409
    assert (await send("PUT", rule=rule)).json()["stored"] is False  # nothing has changed
    wrong = await send("PUT", rule={**rule, "agency": "posts"})
    assert [item["field"] for item in wrong.json()["errors"]] == ["rule.agency"]
    other = await send("PUT", rule={**rule, "id": "another"})
    assert [item["field"] for item in other.json()["errors"]] == ["rule.id"]
    assert (await send("DELETE")).json()["changes"]["rules"]["removed"] == ["county-tax"]
    assert await desk.versions() == count + 2


async def test_an_old_version_is_made_the_newest_again(desk: Desk) -> None:
    old, rules = await desk.version(), await desk.rules()
    assert (await desk.put(rules[:-1])).status_code == 200
    body = {"why": "误改，恢复", "base_version": old + 1}
    answer = await desk.ask("POST", f"rules/versions/{old}/restore", json=body)
    assert answer.json()["version"] == old + 2
    assert await desk.rules() == rules
    missing = await desk.ask("POST", "rules/versions/999/restore", json=body)
    assert missing.status_code == (await desk.ask("GET", "rules/versions/999")).status_code == 404


CHANGES = [
    ("PUT", "rules", {"rules": [], "why": "x", "base_version": 1}),
    ("DELETE", "rules/bankruptcy-tax", {"why": "x", "base_version": 1}),
    ("POST", "rules/versions/1/restore", {"why": "x", "base_version": 1}),
    ("POST", "offices", {"id": "tax.410571", "why": "x"}),
    ("PATCH", f"offices/{TAX}", {"receives": False, "why": "x"}),
]


@pytest.mark.parametrize(
    "who",
    [
        {"role": "liaison", "division": "410526"},
        {"role": "officer", "office": TAX},
        {"role": "filer", "office": "court.410526"},
    ],
)
@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
async def test_only_the_citys_liaison_office_and_operators_change_anything(
    desk: Desk, method: str, path: str, body: dict[str, Any], who: dict[str, Any]
) -> None:
    count = await desk.versions()
    assert (await desk.ask(method, path, json=body, **who)).status_code == 403
    assert await desk.versions() == count
    assert (await desk.ask("GET", "rules/versions", **who)).status_code == 200


async def test_an_office_joins_and_one_with_open_assignments_is_not_let_go_unasked(
    desk: Desk, file: Any
) -> None:
    agency = {"id": "posts", "zh": "邮政局", "en": "Post Office"}
    body = {"id": "posts.410526", "hosted": False, "agency": agency, "why": "新单位加入"}
    assert (await desk.ask("POST", "offices", json=body)).status_code == 201
    assert (await desk.ask("POST", "offices", json=body | {"agency": None})).status_code == 409
    shown = (await desk.ask("GET", "offices")).json()["offices"]
    (office,) = [item for item in shown if item["id"] == "posts.410526"]
    assert (office["zh"], office["hosted"], office["receives"]) == ("滑县邮政局", False, True)

    await file()
    off = {"receives": False, "why": "机构调整"}
    refused = await desk.ask("PATCH", f"offices/{TAX}", json=off)
    assert refused.status_code == 409
    assert f"open assignments: {TAX}: 1;" in refused.json()["errors"][0]["message"]
    taken = await desk.ask("PATCH", f"offices/{TAX}", json=off | {"force": True})
    assert taken.status_code == 200
    assert taken.json()["changes"]["offices"]["changed"] == [
        {"id": TAX, "fields": {"receives": {"was": None, "now": False}}}
    ]
    queues = {source.office for source in await desk.service.room.sources()}
    assert {TAX, "posts.410526"} <= queues  # what is open there goes on
    name = await file()
    (place,) = (await desk.service.engine.state(name)).state.assignments.values()
    assert place.issue.office == "tax.410500"
    back = await desk.ask("PATCH", f"offices/{TAX}", json={"receives": True, "why": "恢复"})
    assert back.json()["stored"] is True


@pytest.mark.parametrize("path", ["offices/posts.410999", "offices/%24ne", "offices/x"])
async def test_an_office_that_is_not_there_cannot_be_changed(desk: Desk, path: str) -> None:
    answer = await desk.ask("PATCH", path, json={"receives": False, "why": "x"})
    assert answer.status_code == 404


async def test_a_change_of_nothing_is_no_change(desk: Desk) -> None:
    answer = await desk.ask("PATCH", f"offices/{TAX}", json={"why": "x"})
    assert answer.status_code == 422


async def test_a_rehearsal_shows_where_stored_cases_would_go_and_stores_nothing(
    desk: Desk, file: Any
) -> None:
    names = [await file(division="410523", needs=("retirement",)) for _ in range(3)]
    rule = {"id": "tangyin-retirement", "when": {"kind": "bankruptcy", "need": "retirement",
            "division": "410523"}, "agency": "housing", "receipt_days": 1, "resolution_days": 5,
            "green": {"receipt_days": 1, "resolution_days": 5},
            "reason": {"zh": "试", "en": "a trial"}}  # fmt: skip
    count = await desk.versions()

    async def rehearse(**body: Any) -> Any:
        return (await desk.ask("POST", "rules/rehearse", json=body)).json()

    found = await rehearse(rule=rule, limit=3)
    assert (found["cases"], found["moved_cases"]) == (3, 3)
    (task,) = found["tasks"]
    assert task["moves"] == [
        {"was": {"office": "social_security.410523"}, "now": {"desk": "ambiguous"}, "count": 3}
    ]
    assert {item["case_id"] for item in found["examples"]} == set(names)
    rules = [item for item in await desk.rules() if item["id"] != "bankruptcy-social-security"]
    moved = (await rehearse(rules=[*rules, rule]))["tasks"]
    assert {"was": {"office": "social_security.410523"}, "now": {"office": "housing.410523"},
            "count": 3} in moved[0]["moves"]  # fmt: skip
    assert found["kinds"] | {"ambiguous": 3} == found["kinds"]
    assert {item["kind"] for item in found["examples"]} == {"ambiguous"}
    both = await desk.ask("POST", "rules/rehearse", json={"rule": rule, "rules": []})
    assert both.status_code == 422
    other = {"role": "liaison", "division": "410527"}
    elsewhere = await desk.ask("POST", "rules/rehearse", json={"rule": rule}, **other)
    assert elsewhere.json()["moved_cases"] == 0
    assert await desk.versions() == count
    for name in names:
        (place,) = (await desk.service.engine.state(name)).state.assignments.values()
        assert (place.issue.office, place.issue.round) == ("social_security.410523", 1)


async def test_a_rehearsal_is_of_the_cases_filed_in_a_period(desk: Desk, file: Any) -> None:
    name = await file(division="410523", needs=("retirement",), filed_on=date(2021, 5, 31))
    rules = [item for item in await desk.rules() if item["id"] != "bankruptcy-social-security"]

    async def rehearse(since: str | None, until: str | None, **more: Any) -> Any:
        days = {"since": since, "until": until} | more
        return await desk.ask("POST", "rules/rehearse", json={"rules": rules} | days)

    may = (await rehearse("2021-05-01", "2021-05-31")).json()
    assert (may["cases"], may["complete"]) == (1, True)
    assert may["kinds"] == {
        "moved": 0, "unroutable": 1, "ambiguous": 0, "routed": 0, "dropped": 0
    }  # fmt: skip
    (case,) = may["examples"]
    assert (case["case_id"], case["kind"], case["filed_on"]) == (name, "unroutable", "2021-05-31")
    assert case["now"] == {"desk": "no_rule"}
    assert (await rehearse(None, "2021-05-30")).json()["cases"] == 0
    assert (await rehearse("2021-05-01", None, limit=1)).json()["complete"] is False
    for since, until_, field in (
        ("2021-05-02", "2021-05-01", "until"),
        ("2099-01-01", None, "since"),
    ):
        refused = await rehearse(since, until_)
        assert refused.status_code == 422
        assert [item["field"] for item in refused.json()["errors"]] == [field]


async def test_rules_are_put_in_force_once_that_draft_was_rehearsed_on_the_version_there_is(
    desk: Desk,
) -> None:
    base, rules = await desk.version(), await desk.rules()
    draft, other = ([*rules[:-1], {**rules[-1], "resolution_days": days}] for days in (61, 62))
    county = {"role": "liaison", "division": "410526"}

    async def rehearse(rules: list[dict[str, Any]], **who: Any) -> Any:
        body = {"rules": rules, "limit": 1}
        return (await desk.ask("POST", "rules/rehearse", json=body, **who)).json()["rehearsal"]

    async def activate(rules: list[dict[str, Any]], query: str = "") -> Any:
        body = {"rules": rules, "why": "试行", "base_version": await desk.version()}
        return await desk.ask("PUT", f"rules{query}", json=body)

    async def refused(rules: list[dict[str, Any]]) -> str:
        answer = await activate(rules)
        assert answer.status_code == 409
        (error,) = answer.json()["errors"]
        assert error["field"] == "rules"
        return str(error["message"])

    assert f"not rehearsed on version {base}" in await refused(draft)
    assert (await activate(draft, "?dry_run=true")).status_code == 200
    assert await rehearse(draft, **county) is None  # a county sees its own cases only
    await refused(draft)
    assert await rehearse(draft)
    await refused(other)
    made = await activate(draft)
    assert (made.status_code, made.json()["version"]) == (200, base + 1), made.text
    kept = (await desk.ask("GET", f"rules/versions/{base + 1}")).json()["rehearsal"]
    assert (kept["by"], kept["complete"], kept["cases"]) == ("王某", False, 1)
    assert await rehearse(other)
    assert (await activate(other)).status_code == 200
    await refused(draft)  # that it was rehearsed on an older version says nothing of this one


async def test_a_decision_by_hand_becomes_a_rule(
    desk: Desk, filing: Callable[..., Filing], deploy: Any
) -> None:
    service = desk.service
    current = Current(deploy / "routing.yaml", deploy / "offices.yaml", desk.settings.timing())
    await current.load(service.db)
    changes = Changes(service.engine, service.db, current)
    caller = Caller("k7", Role.LIAISON, None, "410500", "李某")
    case = filing(needs=("tax_relief",))
    rule = AsRule.model_validate({"id": "by-hand", "division": "410526"})
    before = await desk.versions()

    async def make(rule: AsRule, *, dry_run: bool = False) -> Any:
        said = Said(caller, "照此办理", dry_run=dry_run)
        return await changes.from_desk(said, case, "tax_relief", "finance.410500", rule)

    with pytest.raises(RefusedError, match="at the desk"):  # another rule sends it to tax
        await make(rule)
    over = rule.model_copy(update={"over": True})
    tried = await make(over, dry_run=True)
    assert (tried["gives"], tried["stored"]) == ("finance.410526", False)  # the nearest
    assert await desk.versions() == before
    made = await make(over)
    assert (made["version"], made["rule"]["when"]) == (
        before + 1,
        {"kind": "bankruptcy", "need": "tax_relief", "division": "410526"},
    )

    await follows(desk, current)  # the service is another copy than the one that was asked
    details = {**case.details, "needs": ["tax_relief"]}
    asked = {"division": "410526", "details": details}
    (place,) = (await desk.ask("POST", "route/explain", json=asked)).json()["assigned"]
    assert (place["office"], place["rule"]) == ("finance.410526", "by-hand")


async def test_a_change_of_an_older_version_never_takes_back_what_came_between(
    desk: Desk, deploy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other change comes, and is taken up here, after the first was checked."""
    db = desk.service.db
    current = Current(deploy / "routing.yaml", deploy / "offices.yaml", desk.settings.timing())
    await current.load(db)
    changes = Changes(desk.service.engine, db, current)
    said = Said(Caller("k7", Role.OPERATOR, None, None, "李某"), "后到")
    first, second = (item["id"] for item in (await desk.rules())[:2])
    add = Rulebooks.add
    taken: list[bool] = []

    async def late(self: Rulebooks, version: Any) -> bool:
        if not taken:
            taken.append(True)
            body = {"why": "先到", "base_version": current.version.number}
            answer = await desk.ask("DELETE", f"rules/{first}", json=body)
            assert answer.json()["stored"]
            await current.catch_up(db)
        return await add(self, version)

    def draft(newest: Version) -> tuple[Rules, Offices]:
        return without_rule(newest.rules, second), newest.offices

    monkeypatch.setattr(Rulebooks, "add", late)
    made = await changes.make(said, draft)
    assert (made["by"], made["changes"]["rules"]["removed"]) == ("李某", [second])
    assert not {first, second} & {rule.id for rule in current.book.rules}
    await follows(desk, current)


async def test_the_desk_routes_a_case_and_makes_it_the_rule(desk: Desk, file: Any) -> None:
    rules = [item for item in await desk.rules() if item["id"] != "bankruptcy-financing"]
    assert (await desk.put(rules)).status_code == 200
    name = await file(needs=("financing",))
    path = f"cases/{name}/tasks/financing/route"
    said: dict[str, Any] = {"office": "finance.410526", "reason": "暂由财政部门承办"}
    days = {"receipt_days": 2, "resolution_days": 9}
    count = await desk.versions()
    county = await desk.ask(
        "POST", path, json=said | {"as_rule": {"id": "x-y"} | days}, role="liaison",
        division="410526",
    )  # fmt: skip
    assert county.status_code == 403  # and then the case isn't routed, either
    taken = await desk.ask("POST", path, json=said | {"as_rule": {"id": rules[0]["id"]} | days})
    assert [item["field"] for item in taken.json()["errors"]] == ["as_rule.id"]
    said |= {"as_rule": {"id": "financing-by-finance"} | days}
    tried = await desk.ask("POST", f"{path}?dry_run=true", json=said)
    assert tried.json()["as_rule"]["stored"] is False
    assert await desk.versions() == count
    answer = await desk.ask("POST", path, json=said)
    assert answer.status_code == 200, answer.text
    assert answer.json()["as_rule"]["gives"] == "finance.410526"
    newest = (await desk.ask("GET", "rules/versions?limit=1")).json()["versions"][0]
    assert (newest["why"], newest["case_id"]) == ("暂由财政部门承办", name)
    again = await file(needs=("financing",))
    for case, rule in ((name, "desk"), (again, "financing-by-finance")):
        (place,) = (await desk.service.engine.state(case)).state.assignments.values()
        assert (place.issue.office, place.issue.rule) == ("finance.410526", rule)
