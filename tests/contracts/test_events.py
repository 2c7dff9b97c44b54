from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from schema_tools.examples import ATTACHMENT, BROUGHT, CASE, ISSUED, REPORTED, example

from fuyuan_contracts.cases import BankruptcyDetails, BankruptcyNeed
from fuyuan_contracts.events import (
    EVENTS,
    REPORTS,
    AssignmentFailed,
    AssignmentIssued,
    AssignmentProgressed,
    AssignmentResolved,
    CaseClosed,
    CaseConcluded,
    CaseFiled,
    UnknownEventError,
    parse,
    schema_urn,
    short_name,
)
from tests.support.catalogue import (
    CONCLUSIONS,
    DETAILS,
    OUTCOMES,
    STEPS,
    conclusion_of,
    conclusions,
    details,
    objects,
    outcome_of,
    outcomes,
    step_of,
    steps,
)

FILED: dict[str, Any] = {**ISSUED["case"], "case_id": CASE, "kind": "bankruptcy"}
names = st.sampled_from(sorted(EVENTS))
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


EXAMPLES = {type_: found.data for type_ in EVENTS if (found := example(type_))}


def test_every_event_has_a_wire_name_of_its_own_and_it_is_written_out() -> None:
    assert set(EVENTS) == {
        "cn.fuyuan.access.revoked.v1",
        "cn.fuyuan.assignment.accepted.v1",
        "cn.fuyuan.assignment.delivered.v1",
        "cn.fuyuan.assignment.due_soon.v1",
        "cn.fuyuan.assignment.failed.v1",
        "cn.fuyuan.assignment.issued.v1",
        "cn.fuyuan.assignment.overdue.v1",
        "cn.fuyuan.assignment.progressed.v1",
        "cn.fuyuan.assignment.recalled.v1",
        "cn.fuyuan.assignment.received.v1",
        "cn.fuyuan.assignment.refused.v1",
        "cn.fuyuan.assignment.resolved.v1",
        "cn.fuyuan.assignment.returned.v1",
        "cn.fuyuan.assignment.urged.v1",
        "cn.fuyuan.audit.anchored.v1",
        "cn.fuyuan.case.attached.v1",
        "cn.fuyuan.case.closed.v1",
        "cn.fuyuan.case.clustered.v1",
        "cn.fuyuan.case.concluded.v1",
        "cn.fuyuan.case.escalated.v1",
        "cn.fuyuan.case.filed.v1",
        "cn.fuyuan.case.linked.v1",
        "cn.fuyuan.case.routed.v1",
        "cn.fuyuan.case.unroutable.v1",
        "cn.fuyuan.case.withdrawn.v1",
        "cn.fuyuan.information.requested.v1",
        "cn.fuyuan.information.supplied.v1",
        "cn.fuyuan.instruction.closed.v1",
        "cn.fuyuan.instruction.issued.v1",
        "cn.fuyuan.instruction.overdue.v1",
        "cn.fuyuan.meeting.held.v1",
        "cn.fuyuan.meeting.recorded.v1",
        "cn.fuyuan.message.parked.v1",
        "cn.fuyuan.message.replayed.v1",
        "cn.fuyuan.project.funded.v1",
        "cn.fuyuan.project.registered.v1",
        "cn.fuyuan.project.risk_raised.v1",
        "cn.fuyuan.project.stage_changed.v1",
    }


def test_an_office_may_say_what_its_examples_say_and_nothing_else() -> None:
    assert {f"cn.fuyuan.{name}.v1" for name in REPORTED} == REPORTS
    assert REPORTS.issubset(EVENTS)


@pytest.mark.parametrize(
    ("type_", "short"),
    [
        ("cn.fuyuan.case.filed.v1", "case.filed"),
        ("cn.fuyuan.project.stage_changed.v12", "project.stage_changed"),
    ],
)
def test_a_routing_key_begins_with_the_short_name(type_: str, short: str) -> None:
    assert short_name(type_) == short
    assert schema_urn(type_) == f"urn:fuyuan:schema:{type_}"


@pytest.mark.parametrize(
    "type_", ["cn.fuyuan.case.filed.v2", "cn.fuyuan.case.filed", "case.filed", ""]
)
def test_an_unknown_type_or_version_is_told(type_: str) -> None:
    with pytest.raises(UnknownEventError, match="unknown event type or version"):
        parse(type_, {})


@pytest.mark.parametrize("type_", EXAMPLES)
def test_an_event_read_and_written_again_is_the_same(type_: str) -> None:
    event = parse(type_, EXAMPLES[type_])
    written = event.model_dump(mode="json", exclude_none=True)
    assert parse(type_, written) == event


@pytest.mark.parametrize("type_", EXAMPLES)
def test_a_field_of_a_newer_sender_is_ignored_at_any_depth(type_: str) -> None:
    newer = deepcopy(EXAMPLES[type_])
    for item in list(objects(newer)):
        item["joined_later"] = {"any": "thing"}
    assert parse(type_, newer) == parse(type_, EXAMPLES[type_])


@pytest.mark.parametrize("kind", DETAILS)
def test_a_case_of_every_kind_is_filed_and_given_to_offices(kind: str) -> None:
    """Also with what a newer sender says inside its details."""
    newer = deepcopy(DETAILS[kind])
    for item in list(objects(newer)):
        item["joined_later"] = {"any": "thing"}
    for said in (DETAILS[kind], newer):
        filed = parse("cn.fuyuan.case.filed.v1", FILED | {"kind": kind, "details": said})
        assert isinstance(filed, CaseFiled)
        assert filed.details == details.validate_python(DETAILS[kind])
        case = {**ISSUED["case"], "details": said}
        issued = parse("cn.fuyuan.assignment.issued.v1", {**ISSUED, "case": case})
        assert isinstance(issued, AssignmentIssued)
        assert issued.case.details == filed.details


@pytest.mark.parametrize("task", OUTCOMES)
def test_every_outcome_is_said_by_an_office(task: str) -> None:
    said = {"assignment_id": ISSUED["assignment_id"], "outcome": outcome_of(task)}
    resolved = parse("cn.fuyuan.assignment.resolved.v1", said)
    assert isinstance(resolved, AssignmentResolved)
    assert resolved.outcome == outcomes.validate_python(outcome_of(task))


@pytest.mark.parametrize("kind", CONCLUSIONS)
def test_every_conclusion_is_said_by_a_filer_and_kept_with_the_end(kind: str) -> None:
    case = {"case_id": CASE, "kind": kind, "division": "410526"}
    said = case | {"filer": "court.410526", "conclusion": conclusion_of(kind)}
    concluded = parse("cn.fuyuan.case.concluded.v1", said)
    end = {"concluded_on": "2024-09-20", "ending": "concluded", "conclusion": conclusion_of(kind)}
    closed = parse("cn.fuyuan.case.closed.v1", case | end)
    assert isinstance(concluded, CaseConcluded)
    assert isinstance(closed, CaseClosed)
    assert (
        concluded.conclusion
        == closed.conclusion
        == conclusions.validate_python(conclusion_of(kind))
    )


@pytest.mark.parametrize("step", STEPS)
def test_every_step_is_said_on_the_way(step: str) -> None:
    said = {"assignment_id": ISSUED["assignment_id"], "note": "进展", "step": step_of(step)}
    progressed = parse("cn.fuyuan.assignment.progressed.v1", said)
    assert isinstance(progressed, AssignmentProgressed)
    assert progressed.step == steps.validate_python(step_of(step))


OF_CASE = {"case_id": CASE, "kind": "bankruptcy", "division": "410526"}
SAID: dict[str, dict[str, Any]] = {
    **{short_name(type_): data for type_, data in EXAMPLES.items()},
    "case.withdrawn": OF_CASE
    | {"filer": "court.410526", "reason": "已和解", "withdrawn_on": "2024-09-20"},
    "case.concluded": OF_CASE
    | {"filer": "court.410526", "conclusion": conclusion_of("bankruptcy")},
    "case.closed": OF_CASE | {"concluded_on": "2024-09-20"},
    "case.linked": OF_CASE
    | {"other": BROUGHT["case.clustered"]["clusters"][0]["cases"][0], "relation": "same_party",
       "reason": "同一债务人"},
    "case.escalated": OF_CASE | {"task": "tax_clearance", "why": "overdue", "level": "county"},
    "instruction.closed": BROUGHT["instruction.issued"]
    | {"result": "已办结", "closed_on": "2024-10-14", "in_time": True},
    "meeting.recorded": {
        "meeting_id": "m" + "a" * 24, "reference": "2024-1", "type": "loss_review",
        "division": "410500", "title": "败诉案件分析研判会", "on": "2024-06-20",
        "reviews": [{"case_id": CASE, "causes": ["证据不足"]}],
    },
    "assignment.due_soon": {"assignment_id": ISSUED["assignment_id"], "what": "receipt",
                            "due": "2024-09-09T10:00:00Z"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "changes", "field"),
    [
        ("case.withdrawn", {"reason": ""}, "reason"),
        ("case.withdrawn", {"withdrawn_on": "yesterday"}, "withdrawn_on"),
        ("case.withdrawn", {"filer": "court"}, "filer"),
        ("case.concluded", {"conclusion": {"kind": "bankruptcy"}}, "conclusion.bankruptcy.ended"),
        ("case.concluded", {"conclusion": None}, "conclusion"),
        ("case.closed", {"ending": "forgotten"}, "ending"),
        ("case.closed", {"concluded_on": None}, "concluded_on"),
        ("case.linked", {"other": "c1"}, "other"),
        ("case.linked", {"relation": "friends"}, "relation"),
        ("case.linked", {"side": "middle"}, "side"),
        ("case.clustered", {"clusters": [{"alike": "mood"}]}, "clusters.0.alike"),
        ("case.clustered", {"assignment_ids": ["1"]}, "assignment_ids.0"),
        ("case.attached", {"attachment": ATTACHMENT | {"sha256": "F" * 64}}, "attachment.sha256"),
        ("case.attached", {"attachment": ATTACHMENT | {"size": -1}}, "attachment.size"),
        ("case.attached", {"attachment": ATTACHMENT | {"name": "a\nb"}}, "attachment.name"),
        ("case.attached", {"attachment": ATTACHMENT | {"attachment_id": "1"}},
         "attachment.attachment_id"),
        ("information.requested", {"request": 0}, "request"),
        ("information.requested", {"request": 100}, "request"),
        ("information.requested", {"request": "1"}, "request"),
        ("information.requested", {"question": " "}, "question"),
        ("information.supplied", {"answer": None}, "answer"),
        ("information.supplied", {"resolution_due": "2024-10-10"}, "resolution_due"),
        ("information.supplied", {"attachments": [{}]}, "attachments.0.attachment_id"),
        ("assignment.recalled", {"why": "boredom"}, "why"),
        ("assignment.recalled", {"reason": None}, "reason"),
        ("assignment.refused", {"error": ""}, "error"),
        ("assignment.refused", {"message_id": None}, "message_id"),
        ("assignment.due_soon", {"what": "tea"}, "what"),
        ("assignment.due_soon", {"due": "soon"}, "due"),
        ("assignment.urged", {"number": 0}, "number"),
        ("assignment.urged", {"what": "tea"}, "what"),
        ("case.escalated", {"level": "heaven"}, "level"),
        ("instruction.issued", {"due_on": "soon"}, "due_on"),
        ("instruction.issued", {"instruction_id": "1"}, "instruction_id"),
        ("instruction.closed", {"in_time": "yes"}, "in_time"),
        ("meeting.recorded", {"type": "party"}, "type"),
        ("meeting.recorded", {"reviews": [{"case_id": CASE, "causes": []}]}, "reviews.0.causes"),
        ("assignment.progressed", {"step": {"step": "dance"}}, "step"),
        ("assignment.resolved", {"outcome": {"task": "find_person"}}, "outcome.find_person"),
        ("assignment.returned", {"better_office": "tax"}, "better_office"),
        ("assignment.issued", {"assignment_id": CASE}, "assignment_id"),
    ],
)  # fmt: skip
def test_data_that_does_not_fit_is_refused_and_the_field_is_named(
    name: str, changes: dict[str, Any], field: str
) -> None:
    type_ = f"cn.fuyuan.{name}.v1"
    assert isinstance(parse(type_, SAID[name]), EVENTS[type_])
    with pytest.raises(ValidationError) as caught:
        parse(type_, SAID[name] | changes)
    paths = [".".join(map(str, item["loc"])) for item in caught.value.errors()]
    assert any(path.startswith(field) for path in paths), paths


def test_a_case_reads_its_details_by_their_kind() -> None:
    filed = parse("cn.fuyuan.case.filed.v1", FILED)
    assert isinstance(filed, CaseFiled)
    assert filed.details.kind == "bankruptcy"
    assert isinstance(filed.details, BankruptcyDetails)
    assert filed.details.needs == (BankruptcyNeed.TAX_CLEARANCE,)


def test_an_event_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        parse("cn.fuyuan.case.filed.v1", FILED).title = "another"  # type: ignore[attr-defined]


def test_a_failure_is_told_whatever_its_words_hold() -> None:
    failed = parse(
        "cn.fuyuan.assignment.failed.v1",
        {"assignment_id": ISSUED["assignment_id"], "error": "\x1b[31mboom\x00" + "x" * 9000},
    )
    assert isinstance(failed, AssignmentFailed)
    assert failed.error.startswith("\ufffd[31mboom\ufffdx")
    assert len(failed.error) == 4000


@settings(max_examples=150)
@given(names, st.dictionaries(st.text(max_size=8), junk, max_size=4), st.data())
def test_whatever_data_comes_parse_gives_an_event_or_a_validation_error(
    type_: str, data: dict[str, Any], draw: st.DataObject
) -> None:
    """Also for an event's own fields with a wrong value in one of them."""
    field = draw.draw(st.sampled_from(sorted(EVENTS[type_].model_fields)))
    data |= EXAMPLES.get(type_, {}) | {field: draw.draw(junk)}
    try:
        event = parse(type_, data)
    except ValidationError:
        return
    assert parse(type_, event.model_dump(mode="json")) == event
