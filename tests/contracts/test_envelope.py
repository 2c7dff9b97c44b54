import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from fuyuan_contracts.envelope import Envelope, decode

PLAIN: dict[str, Any] = {
    "specversion": "1.0",
    "id": "a",
    "source": "/offices/tax.410526",
    "type": "cn.fuyuan.assignment.delivered.v1",
    "subject": "s",
    "time": "2024-09-06T00:30:00Z",
    "sequence": 1,
    "data": {},
}
text = st.text(st.characters(codec="utf-8"), max_size=10)
name = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=20)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | text
values = st.recursive(
    scalars | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
envelopes = st.builds(
    Envelope,
    id=name,
    source=st.from_regex(r"/[a-z0-9/._-]{1,30}", fullmatch=True),
    type=st.from_regex(r"[a-z][a-z0-9_.]{0,30}\.v[1-9]", fullmatch=True),
    subject=name,
    time=st.datetimes(
        datetime(1900, 1, 2),  # noqa: DTZ001 -- Hypothesis adds the zone
        datetime(2199, 12, 30),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]),
    ),
    sequence=st.integers(1, 2**31 - 1),
    causationid=st.none() | name,
    correlationid=st.none() | name,
    traceparent=st.none() | st.just("00-" + "a" * 32 + "-" + "b" * 16 + "-01"),
    data=st.dictionaries(text, values, max_size=4),
)


def as_bytes(**changes: Any) -> bytes:
    said = {key: value for key, value in (PLAIN | changes).items() if value is not ...}
    return json.dumps(said).encode()


@settings(max_examples=80)
@given(envelopes)
def test_an_envelope_comes_out_as_it_went_in(envelope: Envelope) -> None:
    assert decode(envelope.encode()) == envelope


def test_absent_attributes_are_left_out_and_what_is_required_is_there() -> None:
    said = json.loads(decode(as_bytes()).encode())
    assert said == PLAIN | {"datacontenttype": "application/json"}


def test_an_unknown_attribute_is_ignored() -> None:
    assert decode(as_bytes(later=1)) == decode(as_bytes())


@pytest.mark.parametrize("missing", PLAIN)
def test_every_required_attribute_is_missed(missing: str) -> None:
    with pytest.raises(ValidationError, match=missing):
        decode(as_bytes(**{missing: ...}))


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("specversion", "0.3"),
        ("specversion", 1.0),
        ("id", ""),
        ("id", "a" * 201),
        ("id", "a\nb"),
        ("id", "a\0b"),
        ("id", 7),
        ("source", "services/routing"),
        ("source", "/services/routing\n"),
        ("source", "/" + "a" * 200),
        ("type", "cn.fuyuan.case.filed"),
        ("type", "cn.fuyuan.case.filed.v0"),
        ("type", "cn.fuyuan.case.filed.v1\n"),
        ("subject", "\u202e"),
        ("time", 0),
        ("time", "2024-09-06T00:30:00"),
        ("datacontenttype", "text/plain"),
        ("sequence", 0),
        ("sequence", -1),
        ("sequence", "1"),
        ("sequence", 1.0),
        ("sequence", True),
        ("sequence", 2**31),
        ("traceparent", "00-xyz"),
        ("data", None),
        ("data", []),
        ("data", "{}"),
    ],
)
def test_a_wrong_attribute_is_named(attribute: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        decode(as_bytes(**{attribute: value}))
    assert {item["loc"][0] for item in caught.value.errors()} == {attribute}


HOSTILE = {
    "nothing": b"",
    "not JSON": b"hello",
    "not UTF-8": b'{"id": "\xff"}',
    "UTF-16": json.dumps(PLAIN).encode("utf-16"),
    "with a byte order mark": b"\xef\xbb\xbf" + json.dumps(PLAIN).encode(),
    "deep": b"[" * 100_000,
    "deep data": as_bytes()[:-2] + b'{"a":' * 100_000,
    "a number without an end": as_bytes()[:-3] + b'{"a":' + b"9" * 10_000 + b"}}",
    "a lone surrogate": b'{"id": "\\ud800"}',
    "a list": b"[]",
    "cut off": as_bytes()[:-1],
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_is_a_validation_error(body: bytes) -> None:
    with pytest.raises(ValidationError):
        decode(body)


def spoilt(place: int, junk: bytes) -> bytes:
    body = as_bytes(correlationid="c", traceparent=None)
    place %= len(body)
    return body[:place] + junk + body[place + len(junk) :]


@settings(max_examples=150)
@given(
    st.binary(max_size=200)
    | values.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(st.sampled_from(sorted(PLAIN)), values).map(lambda part: as_bytes(**part))
    | st.builds(spoilt, st.integers(0, 10_000), st.binary(min_size=1, max_size=4))
)
def test_whatever_comes_decode_gives_an_envelope_or_a_validation_error(body: bytes) -> None:
    try:
        envelope = decode(body)
    except ValidationError:
        return
    assert decode(envelope.encode()) == envelope
