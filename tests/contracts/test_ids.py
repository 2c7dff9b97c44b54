import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from fuyuan_contracts import ids
from fuyuan_contracts.identifiers import AssignmentId, CaseId, ProjectId

KEY = b"k" * 32
references = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


def test_ids_stay_what_they_are() -> None:
    """Worked out with openssl and base32: a change here is a change of every id ever given."""
    case = ids.case_id(KEY, "court.410526", "(2024)豫0526破1号")
    assert case == "coqdjk5eztl25mukcfinwlb3w"
    assert ids.assignment_id(case, "tax_clearance", 1) == f"{case}.tax_clearance.1"
    assert ids.project_id("410527", "某小区") == "pxqdl3sktlr3xmgyq"
    assert (
        ids.event_id("/offices/tax.410526", f"{case}.tax_clearance.1", 1)
        == "6mjodryhd5ntcec6t27m35ookp"
    )


@given(references)
def test_a_case_id_depends_on_key_filer_and_reference(reference: str) -> None:
    id_ = ids.case_id(KEY, "court.410526", reference)
    assert TypeAdapter(CaseId).validate_python(id_) == id_
    assert ids.case_id(KEY, "court.410526", reference) == id_
    assert ids.case_id(b"another key", "court.410526", reference) != id_
    assert ids.case_id(KEY, "court.410527", reference) != id_
    assert ids.case_id(KEY, "court.410526", reference + "a") != id_


@given(st.from_regex(r"[a-z][a-z_]{1,39}", fullmatch=True), st.integers(1, 9999))
def test_an_assignment_id_can_be_taken_apart(task: str, round_: int) -> None:
    case = ids.case_id(KEY, "court.410526", "1")
    id_ = ids.assignment_id(case, task, round_)
    assert TypeAdapter(AssignmentId).validate_python(id_) == id_
    assert ids.assignment_key(id_) == (case, task, round_)


@pytest.mark.parametrize(
    "id_",
    ["", "a.b.c", "a.b", "c" + "a" * 24, "c" + "a" * 24 + ".tax.1_0", "c" + "a" * 24 + ".tax. 1",
     "c" + "a" * 24 + ".tax.0", "c" + "a" * 24 + ".tax.-1", "c" + "a" * 24 + ".tax.1\n"],
)  # fmt: skip
def test_what_is_no_assignment_id_is_refused(id_: str) -> None:
    with pytest.raises(ValueError, match="not an assignment id"):
        ids.assignment_key(id_)


@given(references)
def test_a_project_is_the_same_by_division_and_name(name: str) -> None:
    id_ = ids.project_id("410527", name)
    assert TypeAdapter(ProjectId).validate_python(id_) == id_
    assert ids.project_id("410526", name) != id_


streams = st.tuples(
    st.from_regex(r"/[a-z0-9/._-]{1,20}", fullmatch=True),
    st.from_regex(r"[a-z0-9._]{1,20}", fullmatch=True),
    st.integers(1, 2**31 - 1),
)


@settings(max_examples=50)
@given(streams, streams)
def test_two_events_have_the_same_id_only_if_they_are_the_same(
    one: tuple[str, str, int], other: tuple[str, str, int]
) -> None:
    assert (ids.event_id(*one) == ids.event_id(*other)) is (one == other)
