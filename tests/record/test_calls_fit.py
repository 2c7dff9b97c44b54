"""What a record's other lines ask for is what the tracker and the liaison office take."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from fractions import Fraction
from typing import Any

import pytest

from fuyuan_contracts.ids import case_id
from services.liaison import bodies as b
from services.record.calls import Call, call_of
from services.record.format import Line
from services.record.generating import generate
from services.record.plan import Plan
from services.record.reading import read_line
from services.routing.loading import read_offices
from services.runtime.domain import SHANGHAI
from services.tracker import model as t
from services.tracker.bodies import Funding, Meeting, Moving
from services.tracker.rules import decide, evolve
from tests.support.record_judge import DEPLOY

OF_PROJECTS: dict[str, type[Moving | Funding | Meeting]] = {
    "stage": Moving,
    "funding": Funding,
    "meetings": Meeting,
}


@pytest.fixture(scope="module", params=["1/1000", "1/50"])
def lines(request: pytest.FixtureRequest) -> list[Line]:
    made = generate(Plan(Fraction(request.param), 3))
    raw = (json.dumps(line, default=lambda day: day.isoformat()).encode() for line in made)
    return [read_line(number, line) for number, line in enumerate(raw, 1)]


def calls(lines: Sequence[Line]) -> list[tuple[Line, Call]]:
    filed: set[tuple[str, str]] = set()
    found: list[tuple[Line, Call]] = []

    def of(filer: str, reference: str) -> str:
        assert (filer, reference) in filed, reference
        return case_id(b"key", filer, reference)

    for line in lines:
        if line.kind == "case":
            filed.add((line.said["filer"], line.said["filing"]["reference"]))
        else:
            found.append((line, call_of(line, of)))
    return found


def test_every_body_is_one_the_service_takes(lines: list[Line]) -> None:
    seen: Counter[str] = Counter()
    for line, call in calls(lines):
        match line.kind:
            case "budget":
                b.Budgeting.model_validate(call.body)
            case "member":
                joined = b.Joining.model_validate(call.body)
                assert joined.since <= line.day
            case "meeting":
                held = b.Meeting.model_validate(call.body)
                assert held.on <= line.day
                assert bool(held.reviews) == (held.type == "loss_review")
            case "instruction":
                order = b.Instructing.model_validate(call.body)
                assert order.issued_on <= line.day
                assert order.issued_on <= order.due_on
            case "instruction_closed":
                assert b.Closing.model_validate(call.body).closed_on <= line.day
            case "project":
                OF_PROJECTS[line.said["act"]].model_validate(call.body).input()
        seen[line.kind] += 1
    assert seen.keys() == {
        "budget", "member", "meeting", "instruction", "instruction_closed", "project",
    }  # fmt: skip


def test_who_speaks_is_an_office_of_the_deployment(lines: list[Line]) -> None:
    offices = {item.id: item for item in read_offices(DEPLOY / "offices.yaml").offices}
    for line, call in calls(lines):
        assert call.by in offices
        if line.kind.startswith("instruction"):
            assert offices[line.said["office"]].receives


def test_nothing_is_said_of_an_instruction_that_was_not_issued(lines: list[Line]) -> None:
    issued: set[str] = set()
    for line in lines:
        if line.kind == "instruction":
            issued.add(line.said["number"])
        elif line.kind == "instruction_closed":
            issued.remove(line.said["number"])
    assert not issued


def test_reviewed_lawsuits_were_lost_before(lines: list[Line]) -> None:
    lost: dict[tuple[str, str], date] = {}
    for line in lines:
        for said in line.said.get("then", ()) if line.kind == "case" else ():
            if said.get("conclude", {}).get("verdict") == "lost":
                name = (line.said["filer"], line.said["filing"]["reference"])
                lost[name] = date.fromisoformat(said["on"])
        for item in line.said.get("reviews", ()):
            assert lost[item["filer"], item["reference"]] <= line.day


def test_projects_go_through_their_stages(lines: list[Line]) -> None:
    projects: dict[tuple[str, str], t.Project] = {}
    money: list[tuple[str, tuple[str, str], dict[str, Any]]] = []

    def take(name: tuple[str, str], given: t.Input, day: date) -> None:
        now = datetime.combine(day, time(16, 30), SHANGHAI).astimezone(UTC)
        state = projects.setdefault(name, t.Project("-".join(name)))
        facts = decide(state, given, now)
        assert facts, given
        for fact in facts:
            state = evolve(state, fact)
        projects[name] = state

    for line in lines:
        details = line.said["filing"]["details"] if line.kind == "case" else {}
        if details.get("kind") == "stalled_project":
            name = (details["project"]["division"], details["project"]["name"])
            take(name, t.Link(name[1], "stalled_project", *name), line.day)
            acts = line.said["acts"]["project_funding"][0]
            money += [(act["on"], name, act["outcome"]) for act in acts if "outcome" in act]
        if line.kind == "project":
            name = (line.said["division"], line.said["name"])
            paid = [item for item in money if item[0] <= line.day.isoformat() and item[1] == name]
            for item in paid:
                money.remove(item)
                on = date.fromisoformat(item[2]["concluded_on"])
                given = t.Fund(
                    f"assignment:{name}", t.Funder(item[2]["source"]), item[2]["amount_fen"], on
                )
                take(name, given, line.day)
            take(name, OF_PROJECTS[line.said["act"]](**line.said["body"]).input(), line.day)
    assert not money
    stages = {name: state.stage for name, state in projects.items()}
    assert stages == {
        ("410505", "合成：某停滞十年房产项目"): "resumed",
        ("410527", "合成：某小区"): "resumed",
        ("410506", "合成：某待研判项目"): "studying",
    }
