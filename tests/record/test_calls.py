"""What a line that is no case asks for, with derived ids and the cases it names."""

from datetime import date
from typing import Any

import pytest

from fuyuan_contracts.ids import instruction_id, meeting_id, project_id
from services.record.calls import Call, call_of
from services.record.format import Line

LOST = {"filer": "court.410526", "reference": "合成-诉-1"}
MEETING = {
    "type": "loss_review", "reference": "合成-会-1", "title": "合成：研判", "on": "2024-02-02",
    "chaired_by": "副市长", "attendees": 9, "decisions": ["整改"],
}  # fmt: skip
INSTRUCTION = {
    "number": "合成-批-1", "office": "housing.410505", "text": "尽快复工", "issued_by": "市长",
    "issued_on": "2024-02-02", "due_on": "2024-03-11",
}  # fmt: skip
HELD = {"type": "liaison_meeting", "reference": "合成-会-2"}


def asked(kind: str, **said: Any) -> Call:
    return call_of(Line(1, kind, date(2024, 2, 2), {"division": "410500", **said}), "{}/{}".format)


def test_a_meeting_names_its_cases_by_id() -> None:
    review = {"causes": ["证据不足"], "remedies": [], "recurrent": False}
    call = asked("meeting", **MEETING, cases=[LOST], reviews=[LOST | review])
    assert (call.by, call.method, call.path) == ("liaison.410500", "POST", "/v1/meetings")
    id_ = "court.410526/合成-诉-1"
    assert call.body == MEETING | {"cases": [id_], "reviews": [review | {"case_id": id_}]}


def test_an_instruction_may_belong_to_a_case_and_a_meeting() -> None:
    plain = asked("instruction", **INSTRUCTION, case=None, meeting=None)
    assert (plain.path, plain.body) == ("/v1/instructions", INSTRUCTION)
    both = asked("instruction", **INSTRUCTION, case=LOST, meeting=HELD)
    meeting = meeting_id("410500", "liaison_meeting", "合成-会-2")
    assert both.body == INSTRUCTION | {"case_id": "court.410526/合成-诉-1", "meeting": meeting}


def test_an_instruction_is_closed_by_its_owner() -> None:
    said = {"result": "已复工", "closed_on": "2024-03-11"}
    call = asked("instruction_closed", number="合成-批-1", office="housing.410505", **said)
    path = f"/v1/instructions/{instruction_id('410500', '合成-批-1')}/close"
    assert (call.by, call.path, call.body) == ("housing.410505", path, said)


def test_projects_members_and_budgets() -> None:
    stage = {"to": "funded", "on": "2024-03-11"}
    project = asked("project", name="合成小区", act="stage", body=stage)
    path = f"/v1/projects/{project_id('410500', '合成小区')}/stage"
    assert (project.service, project.path, project.body) == ("tracker", path, stage)
    someone = {
        "name": "合成甲", "office": "某局", "post": "局长", "role": "member", "since": "2022-10-10",
    }  # fmt: skip
    assert asked("member", **someone).body == someone
    budget = asked("budget", year=2023, amount_fen=20_000_000)
    assert (budget.method, budget.path) == ("PUT", "/v1/budget/410500/2023")
    assert budget.body == {"amount_fen": 20_000_000}


def test_a_case_is_no_request() -> None:
    with pytest.raises(KeyError):
        asked("case")
