"""Stalled housing projects (row 14): stages, money, weekly meetings; a community's disputes.

The 277 disputes are one case of the contracts' `civil_dispute` that stands for 277 (`disputes`) and
is settled as a group: one community, one developer, one mediation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.record.days import Round, rounds
from services.record.making import Json, case, filing, receive, resolve
from services.record.naming import company, organisation
from services.record.plan import Plan

TEN_YEARS = date(2014, 3, 11)
_R = rounds()
MEETINGS = {"petition_reception": "信访接待", "study": "专题研判", "city_construction": "城建例会"}


@dataclass(frozen=True, slots=True)
class Project:
    """A project, and the round in which its case is filed."""

    place: str
    name: str
    stalled_since: date
    began: Round
    number: int

    @property
    def filer(self) -> str:
        """The court of its division."""
        return f"court.{self.place}"

    @property
    def reference(self) -> str:
        """The reference of its case."""
        return f"楼-{self.number}"


OLD = Project("410505", "合成：某停滞十年房产项目", TEN_YEARS, _R[10], 1)
COMMUNITY = Project("410527", "合成：某小区", date(2019, 5, 6), _R[8], 2)
STUDIED = Project("410506", "合成：某待研判项目", date(2021, 8, 2), _R[12], 3)
PROJECTS = (OLD, COMMUNITY, STUDIED)


def lines(plan: Plan, round_: Round) -> Iterator[Json]:
    """Give the cases of a round about projects, then what is done about the projects."""
    for project in PROJECTS:
        if project.began == round_:
            yield _case(plan, project)
    if round_ == _R[10]:
        yield _disputes(plan)


def about(plan: Plan) -> list[Json]:
    """Give meetings, money and stages of all projects, in any order."""
    found: list[Json] = []
    for project in PROJECTS:
        for round_ in _R[project.began.number :]:
            found.extend(_meetings(project, round_))
    mandated = max(1, plan.counts["projects.special_loans"] // 12)
    old, its = OLD, _R[11]
    found += [
        _line(its.monday, old, "funding", _money(old, "government", its.monday, mandated)),
        _line(its.monday, old, "funding", _money(old, "owners", its.monday, mandated)),
        _line(its.monday, old, "stage", {"to": "funded", "on": its.monday}),
        _line(its.friday, old, "stage", {"to": "resumed", "on": its.friday}),
        _line(_R[8].friday, COMMUNITY, "stage", {"to": "funded", "on": _R[8].friday}),
        _line(_R[8].friday, COMMUNITY, "stage", {"to": "resumed", "on": _R[8].friday}),
    ]
    return found


def _case(plan: Plan, project: Project) -> Json:
    began = project.began
    details = {
        "kind": "stalled_project",
        "project": {"division": project.place, "name": project.name},
        "developer": organisation(
            plan.dice("projects", project.number), project.place, 670_900 + project.number
        ),
        "stalled_since": project.stalled_since,
        "units": 300 + project.number * 40,
        "households": 280 + project.number * 30,
        "needs": ["project_funding", "project_resumption"],
    }
    money, works = "project_funding", "project_resumption"
    given = receive(began.monday)
    loan = plan.counts["projects.special_loans"]
    if project is OLD:  # the works resume after their due: an instruction helps
        on, after = began.friday, _R[began.number + 1].friday
        acts = {
            money: [[given, resolve(on, money, on, source="special_loan", amount_fen=loan)]],
            works: [[given, resolve(after, works, after, resumed_on=after)]],
        }
    elif project is COMMUNITY:
        on, after = began.thursday, began.friday
        acts = {
            money: [
                [given, resolve(on, money, on, source="owners", amount_fen=max(1, loan // 10))]
            ],
            works: [[given, resolve(after, works, after, resumed_on=after)]],
        }
    else:
        acts = {money: [[given]], works: [[given]]}
    title = project.name.removeprefix("合成：")
    filed = filing(project.reference, title, project.place, began.monday, details)
    return case(began.monday, project.filer, filed, acts)


def _disputes(plan: Plan) -> Json:
    """内黄县: the disputes of one community, settled as a group."""
    round_, number, place = _R[10], plan.counts["projects.disputes_settled"], COMMUNITY.place
    chance = plan.dice("projects.disputes_settled", 0)
    needs = ["civil_mediation", "housing_coordination", "petition_reception"]
    details = {
        "kind": "civil_dispute",
        "cause": "house_sale",
        "parties": [
            {"name": "某小区购房户（合成）", "type": "group"},
            company(chance, place, 670_950),
        ],
        "disputes": number,
        "project": {"division": place, "name": COMMUNITY.name},
        "needs": needs,
    }
    given, ends = receive(round_.monday), (round_.friday, round_.friday, round_.thursday)
    outcomes: list[Json] = [
        {"ended": "settled", "settled": number, "as_group": number > 1},
        {"units_delivered": number},
        {"visitors": 2 * number},
    ]
    acts = {
        task: [[given, resolve(on, task, on, **said)]]
        for task, on, said in zip(needs, ends, outcomes, strict=True)
    }
    title = f"商品房买卖合同纠纷{number}起"
    filed = filing("房-1", title, place, round_.monday, details)
    return case(round_.monday, f"court.{place}", filed, acts)


def _meetings(project: Project, round_: Round) -> Iterator[Json]:
    days = (round_.monday, round_.thursday, round_.friday)
    for (meeting, zh), day in zip(MEETINGS.items(), days, strict=True):
        decisions = [f"合成：{zh}研究项目进展"]
        body = {"meeting": meeting, "on": day, "decisions": decisions}
        yield _line(day, project, "meetings", body)


def _money(project: Project, source: str, on: date, amount_fen: int) -> Json:
    reference = f"合成-资-{project.number}-{source}"
    return {"reference": reference, "on": on, "source": source, "amount_fen": amount_fen}


def _line(day: date, project: Project, act: str, body: Json) -> Json:
    return {
        "line": "project", "day": day, "division": project.place, "name": project.name,
        "act": act, "body": body,
    }  # fmt: skip
