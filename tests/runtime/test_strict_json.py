"""JSON that two readers could read differently is refused, and where is said."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.strict_json import MAX_DEPTH, NO_NUMBER, TOO_LARGE, TWICE, StrictError, check

WRONG = {
    b'{"a": 1, "a": 1}': ("a", TWICE),
    b'{"a": {"b": [0, {"c": 1, "d": 2, "c": 3}]}}': ("a.b.1.c", TWICE),
    b'{"a": 1, "\\u0061": 2}': ("a", TWICE),
    b'{"": 1, "": 2}': ('""', TWICE),
    b'{"a": [NaN]}': ("a.0", NO_NUMBER),
    b'{"a": -Infinity}': ("a", NO_NUMBER),
    b"Infinity": ("body", NO_NUMBER),
    b'{"a": 1e999}': ("a", TOO_LARGE),
    b'{"a": ' + b"9" * 5000 + b"}": ("body", TOO_LARGE),
    b"\xef\xbb\xbf{}": ("body", "expected no byte order mark"),
    b'{"a": "\xff"}': ("body", "expected JSON in UTF-8; byte 7 is none"),
    "{}".encode("utf-16"): ("body", "expected JSON in UTF-8; byte 0 is none"),
    b'{"a": "\n"}': ("body", "at character 7"),
    b'{"a": 1,}': ("body", "at character 8"),
    b"{} {}": ("body", "at character 3"),
    b"{'a': 1}": ("body", "at character 1"),
    b"": ("body", "at character 0"),
    b'"' + b'\\"' * 100 + b"[" * 50: ("body", "at character 0"),
}
FINE = [
    b'{"a": {"a": [{"a": 1}, {"a": 1}]}}',
    b' [1.5e3, -0, "NaN", null] ',
    b'{"a": "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\"{{{{{{{{"}',
    b"[" * MAX_DEPTH + b"]" * MAX_DEPTH,
    b"[" + b"[], " * 1000 + b"[]]",
]
jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, width=32),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
).filter(lambda value: "Infinity" not in json.dumps(value))


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_what_could_mean_two_things_is_refused_by_its_place(text: bytes) -> None:
    with pytest.raises(StrictError) as caught:
        check(text)
    assert (caught.value.field, caught.value.message) == WRONG[text]


@pytest.mark.parametrize("text", FINE, ids=range(len(FINE)))
def test_what_means_one_thing_is_taken(text: bytes) -> None:
    check(text)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 500_000])
def test_nesting_is_refused_where_it_gets_too_deep(opening: bytes, levels: int) -> None:
    with pytest.raises(StrictError, match=f"expected at most {MAX_DEPTH} levels, at character"):
        check(opening * levels)


@given(jsons)
def test_any_json_is_taken_as_python_writes_it(value: object) -> None:
    check(json.dumps(value).encode())


@given(st.binary() | st.text(alphabet='{}[]":,\\ NaInfityeE0123456789.-').map(str.encode))
def test_whatever_comes_nothing_but_that_is_raised(text: bytes) -> None:
    with suppress(StrictError):
        check(text)


@pytest.mark.parametrize("part", [b'"', b'\\"', b'"\\', b'[""],', b'["\\"]'])
def test_no_text_of_a_body_s_size_is_slow_to_refuse(part: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(StrictError):
        check(b"[" * 33 + part * (1024 * 1024 // len(part)))
    assert time.monotonic() - began < 3
