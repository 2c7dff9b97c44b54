from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from fuyuan_contracts.identifiers import Diagnosis, Line, Reference, Text
from fuyuan_contracts.times import Day, Instant

ACCEPTED = {
    "plain": "安化集团信用修复",
    "brackets": "(2024)豫05破1号",
    "beyond the basic plane": "𠮷野家",
    "inner spaces": "a  b",
}
REFUSED = {
    "empty": "",
    "only spaces": "  \u3000 ",
    "a NUL": "a\0b",
    "an escape sequence of a terminal": "a\x1b[31mb",
    "a delete": "a\x7fb",
    "a C1 control": "a\x9bb",
    "text turned round": "a\u202eb",
    "an isolate": "a\u2066b",
    "a lone surrogate": "a\ud800b",
    "bytes that are no UTF-8": b"\xff",
    "a number": 5,
}
LINE_ENDS = {"line feed": "a\nb", "return": "a\rb", "tab": "a\tb", "separator": "a\u2028b"}


def accepts(type_: Any, value: object) -> bool:
    try:
        TypeAdapter(type_).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("type_", [Line, Text, Reference])
@pytest.mark.parametrize("value", ACCEPTED.values(), ids=ACCEPTED)
def test_text_of_people_is_taken(type_: Any, value: str) -> None:
    assert TypeAdapter(type_).validate_python(f"  {value}\n") == value


@pytest.mark.parametrize("type_", [Line, Text, Reference])
@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_text_that_could_deceive_or_break_is_refused(type_: Any, value: object) -> None:
    assert not accepts(type_, value)


@pytest.mark.parametrize("value", LINE_ENDS.values(), ids=LINE_ENDS)
def test_a_line_has_no_line_ends_and_a_text_may(value: str) -> None:
    assert not accepts(Line, value)
    assert accepts(Text, value)


@pytest.mark.parametrize(("type_", "limit"), [(Reference, 80), (Line, 200), (Text, 4000)])
def test_text_has_a_limit(type_: object, limit: int) -> None:
    assert accepts(type_, "好" * limit)
    assert not accepts(type_, "好" * (limit + 1))


@given(st.text(st.characters(), max_size=50) | st.text(min_size=4000, max_size=5000))
def test_a_diagnosis_is_never_refused_and_is_a_text(said: str) -> None:
    taken = TypeAdapter(Diagnosis).validate_python(said)
    assert TypeAdapter(Text).validate_python(taken) == taken


@pytest.mark.parametrize("value", ["2024-09-06", date(2024, 9, 6)])
def test_a_day_is_taken_as_written(value: object) -> None:
    assert TypeAdapter(Day).validate_python(value) == date(2024, 9, 6)


@pytest.mark.parametrize(
    "value",
    [
        0,
        86400,
        86400.0,
        "86400",
        True,
        None,
        "2024-9-6",
        "20240906",
        "2024-09-06T00:00:00Z",
        "2024-02-30",
        "2024-09-06\n",
        "0001-01-01",
        "9999-12-31",
        "２024-09-06",
    ],
)
def test_what_is_no_day_as_written_is_refused(value: object) -> None:
    assert not accepts(Day, value)


@pytest.mark.parametrize(
    "value",
    ["2024-09-06T00:30:00Z", "2024-09-06T08:30:00+08:00", "2024-09-06T00:30:00.000Z"],
)
def test_an_instant_is_taken_as_written(value: str) -> None:
    assert TypeAdapter(Instant).validate_python(value) == datetime(2024, 9, 6, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        5,
        "1725582600",
        1725582600.0,
        "2024-09-06",
        "2024-09-06T08:30:00",
        "2024-09-06 08:30:00Z",
        "2024-09-06T08:30Z",
        "2024-09-06T25:30:00Z",
        "9999-12-31T23:59:59-23:59",
        datetime(2024, 9, 6, 8, 30),  # noqa: DTZ001 -- without a zone, on purpose
    ],
)
def test_what_is_no_instant_as_written_is_refused(value: object) -> None:
    assert not accepts(Instant, value)


@given(st.text(max_size=12) | st.from_regex(r"[0-9T:Z.+-]{1,30}") | st.floats() | st.integers())
def test_any_instant_that_is_taken_can_be_given_in_utc(value: object) -> None:
    try:
        taken = TypeAdapter(Instant).validate_python(value)
    except ValidationError:
        return
    assert taken.astimezone(UTC) == taken
