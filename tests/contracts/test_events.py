from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from schema_tools.examples import CASE, ISSUED, REPORTED, example

from fuyuan_contracts.cases import BankruptcyNeed, Details, StalledProjectNeed
from fuyuan_contracts.events import (
    EVENTS,
    REPORTS,
    AssignmentFailed,
    CaseFiled,
    UnknownEventError,
    parse,
    schema_urn,
    short_name,
)
from fuyuan_contracts.outcomes import AnyOutcome

DETAILS: dict[str, dict[str, Any]] = {
    "bankruptcy": ISSUED["case"]["details"],
    "stalled_project": {
        "kind": "stalled_project",
        "project": {"division": "410527", "name": "某小区"},
        "developer": {"name": "某公司"},
    },
}
FILED: dict[str, Any] = {**ISSUED["case"], "case_id": CASE, "kind": "bankruptcy"}
OUTCOMES: dict[str, dict[str, object]] = {
    "tax_clearance": {"owed_fen": 1},
    "tax_relief": {"relieved_fen": 1},
    "social_insurance": {"employees": 1},
    "retirement": {"retirees": 1},
    "deregistration": {},
    "credit_repair": {},
    "financing": {"amount_fen": 1},
    "housing_continuation": {},
    "fire_acceptance": {},
    "project_funding": {"source": "special_loan", "amount_fen": 12_000_000_000},
    "project_resumption": {},
}
details: TypeAdapter[Any] = TypeAdapter(Details)
outcome: TypeAdapter[Any] = TypeAdapter(AnyOutcome)
names = st.sampled_from(sorted(EVENTS))
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Give every object inside a JSON value, itself first."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from objects(item)


EXAMPLES = {type_: found.data for type_ in EVENTS if (found := example(type_))}


def test_every_event_has_a_wire_name_of_its_own_and_it_is_written_out() -> None:
    assert set(EVENTS) == {
        "cn.fuyuan.access.revoked.v1",
        "cn.fuyuan.assignment.accepted.v1",
        "cn.fuyuan.assignment.delivered.v1",
        "cn.fuyuan.assignment.failed.v1",
        "cn.fuyuan.assignment.issued.v1",
        "cn.fuyuan.assignment.overdue.v1",
        "cn.fuyuan.assignment.progressed.v1",
        "cn.fuyuan.assignment.received.v1",
        "cn.fuyuan.assignment.resolved.v1",
        "cn.fuyuan.assignment.returned.v1",
        "cn.fuyuan.case.closed.v1",
        "cn.fuyuan.case.escalated.v1",
        "cn.fuyuan.case.filed.v1",
        "cn.fuyuan.case.routed.v1",
        "cn.fuyuan.case.unroutable.v1",
        "cn.fuyuan.meeting.held.v1",
        "cn.fuyuan.message.parked.v1",
        "cn.fuyuan.message.replayed.v1",
        "cn.fuyuan.project.funded.v1",
        "cn.fuyuan.project.registered.v1",
        "cn.fuyuan.project.risk_raised.v1",
        "cn.fuyuan.project.stage_changed.v1",
    }


def test_an_office_may_say_what_its_examples_say_and_nothing_else() -> None:
    assert {f"cn.fuyuan.assignment.{word}.v1" for word in REPORTED} == REPORTS
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
def test_a_filing_is_refused_for_an_unknown_field_at_any_depth(kind: str) -> None:
    for place in range(len(list(objects(DETAILS[kind])))):
        wrong = deepcopy(DETAILS[kind])
        list(objects(wrong))[place]["misspelt"] = 1
        with pytest.raises(ValidationError, match="misspelt"):
            details.validate_python(wrong)


@pytest.mark.parametrize("task", OUTCOMES)
def test_an_outcome_fits_its_own_task_only(task: str) -> None:
    said = {"task": task, "concluded_on": "2024-09-20", **OUTCOMES[task]}
    assert outcome.validate_python(said).task == task
    for other in OUTCOMES.keys() - {task}:
        if OUTCOMES[task].keys() - OUTCOMES[other].keys():
            with pytest.raises(ValidationError):
                outcome.validate_python(said | {"task": other})


def test_every_need_has_an_outcome() -> None:
    assert set(OUTCOMES) == {*BankruptcyNeed, *StalledProjectNeed}


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        ("bankruptcy", {"kind": "divorce"}, "kind"),
        ("bankruptcy", {"needs": []}, "at least 1"),
        ("bankruptcy", {"needs": ["tax_relief", "tax_relief"]}, "twice"),
        ("bankruptcy", {"needs": ["project_funding"]}, "needs"),
        ("bankruptcy", {"needs": ["housing_continuation"]}, "project is required"),
        ("bankruptcy", {"debtor": {"name": "x", "credit_code": "91350100M000100Y44"}}, "GB 32100"),
        ("bankruptcy", {"financing_fen": -1}, "financing_fen"),
        ("bankruptcy", {"financing_fen": 0.5}, "financing_fen"),
        ("bankruptcy", {"employees": "5"}, "employees"),
        ("bankruptcy", {"accepted_on": 20240906}, "accepted_on"),
        ("stalled_project", {"needs": ["tax_relief"]}, "needs"),
        ("stalled_project", {"project": {"division": "4105", "name": "x"}}, "division"),
        ("stalled_project", {"units": True}, "units"),
    ],
)
def test_details_that_do_not_fit_are_refused(kind: str, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        details.validate_python(DETAILS[kind] | changes)


def test_a_case_reads_its_details_by_their_kind() -> None:
    filed = parse("cn.fuyuan.case.filed.v1", FILED)
    assert isinstance(filed, CaseFiled)
    assert filed.details.kind == "bankruptcy"
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
