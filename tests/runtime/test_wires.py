"""Envelopes in, the ladder, parking: what a message is taken for, and what goes on with it."""

import json
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuyuan_contracts.channels import MAX_MESSAGE_BYTES, RETRY_SECONDS
from fuyuan_contracts.events import AssignmentReceived, MessageParked
from services.runtime.inlet import Delivery, Inlet
from services.runtime.streams import Source
from services.runtime.wires import (
    ATTEMPTS,
    MESSAGE_ID,
    UnreadableError,
    attempts,
    park,
    read,
    retry,
)
from tests.runtime.toy import OFFICE, envelope

GOOD = json.loads(envelope("s", "go", 1).encode())
OUT = Source(f"q.office.{OFFICE}.out", office=OFFICE)
OWN = Source("q.toy")
REPORT = {
    **GOOD,
    "type": AssignmentReceived.TYPE,
    "source": "/offices/court.410500",
    "subject": "a",
    "data": {"assignment_id": f"c{'a' * 24}.tax_clearance.1"},
}


def delivery(body: bytes, source: Source = OWN, **more: Any) -> Delivery:
    parts: dict[str, Any] = {
        "message_id": "m1",
        "content_type": "application/cloudevents+json",
        "headers": {},
        "exchange": "evt",
        "key": "k",
        "given_back": 0,
        "tag": 1,
        "channel": cast("Any", None),
        "inlet": Inlet(source, 1, lambda _source: None),
    }
    return Delivery(body=body, **(parts | more))


def encoded(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}, ensure_ascii=False).encode()


BAD = [
    (b"nonsense", "not_json"),
    (b"", "not_json"),
    (encoded()[:-3], "not_json"),
    (encoded(subject="破1号").replace("破".encode(), b"\xff"), "not_json"),
    (encoded(subject="X").replace(b"X", b"\\ud800"), "not_json"),
    (b"[" * 5000 + b"]" * 5000, "not_json"),
    (b"[]", "not_an_envelope"),
    (b'"text"', "not_an_envelope"),
    (b"{}", "not_an_envelope"),
    (encoded(specversion="0.3"), "not_an_envelope"),
    (encoded(sequence=0), "not_an_envelope"),
    (encoded(sequence="1"), "not_an_envelope"),
    (encoded(time="yesterday"), "not_an_envelope"),
    (encoded(source="no path"), "not_an_envelope"),
    (encoded(type="cn.fuyuan.message.parked.v9"), "unknown_type"),
    (encoded(type="org.example.else.v1"), "unknown_type"),
    (encoded(data={"parked_id": "p"}), "wrong_data"),
    (encoded(data={"parked_id": 7, "queue": "q", "reason": "r"}), "wrong_data"),
    (b" " * (MAX_MESSAGE_BYTES + 1), "too_large"),
]


@pytest.mark.parametrize(("body", "reason"), BAD, ids=[f"{i}-{r}" for i, (_, r) in enumerate(BAD)])
def test_a_message_that_cannot_be_read_says_why(body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(delivery(body), "toy")
    assert caught.value.reason == reason
    assert len(str(caught.value)) <= 1000


def test_what_is_wrong_is_told_without_repeating_what_was_sent() -> None:
    with pytest.raises(UnreadableError) as caught:
        read(delivery(encoded(data={"parked_id": ["410526199001011234"]})), "toy")
    assert "parked_id" in str(caught.value)
    assert "410526199001011234" not in str(caught.value)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        read(delivery(body), "toy")


def test_an_offices_name_is_its_queues_whatever_the_body_says() -> None:
    received = read(delivery(json.dumps(REPORT).encode(), OUT), "routing")
    assert received.office == OFFICE
    assert received.cause().source == f"/offices/{OFFICE}"


@pytest.mark.parametrize("type_", [MessageParked.TYPE, "cn.fuyuan.case.filed.v1", "a.b.v1"])
def test_an_office_may_only_report(type_: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(delivery(json.dumps({**REPORT, "type": type_}).encode(), OUT), "routing")
    assert caught.value.reason == "not_an_office_report"


def test_what_comes_to_an_inbox_is_named_by_its_sender() -> None:
    inbox = Source("q.office.tax.410526.in.x", office=OFFICE, inbox=True)
    assert read(delivery(encoded(), inbox), "agencies").cause().source == "/services/parking"


@pytest.mark.parametrize(
    ("exchange", "header", "counted"),
    [
        ("evt", 3, 0),
        (f"office.{OFFICE}.out", 3, 0),
        ("", 3, 0),
        ("replay", 3, 0),
        ("back.other", 3, 0),
        ("back.toy", 2, 2),
        ("back.toy", "2", 0),
    ],
)
def test_attempts_count_only_on_what_comes_back_by_the_own_ladder(
    exchange: str, header: Any, counted: int
) -> None:
    assert attempts(delivery(b"x", exchange=exchange, headers={ATTEMPTS: header}), "toy") == counted


def test_the_ladder_has_its_rungs_and_then_ends_with_the_messages_own_id_all_the_way() -> None:
    current = delivery(b"body", headers={"cc": "evil", ATTEMPTS: 9})
    keys = []
    while (copy := retry(current, "toy", "why")) is not None:
        assert copy.exchange == "retry.toy"
        assert copy.body == b"body"
        assert copy.headers[MESSAGE_ID] == "m1"
        assert "cc" not in copy.headers
        keys.append(copy.key)
        current = delivery(
            b"body", message_id=copy.message_id, exchange="back.toy", headers=copy.headers
        )
    assert keys == [f"{level}.q.toy" for level in range(1, len(RETRY_SECONDS) + 1)]
    parked = park(current, "toy", "handler_failed", "e" * 5000)
    assert (parked.exchange, parked.key) == ("dead", "toy")
    assert parked.headers == {
        "fuyuan-reason": "handler_failed",
        "fuyuan-error": "e" * 1000,
        "fuyuan-queue": "q.toy",
        "fuyuan-attempts": len(RETRY_SECONDS),
        "fuyuan-message-id": "m1",
    }


def test_copies_of_one_message_that_came_twice_are_told_apart() -> None:
    one, two = delivery(b"x", tag=1), delivery(b"x", tag=2)
    ids = {park(item, "toy", "r", "e").message_id for item in (one, two)}
    assert len(ids) == 2


def test_a_message_id_header_is_only_believed_from_the_ladder() -> None:
    forged = delivery(b"x", headers={MESSAGE_ID: "another"})
    assert park(forged, "toy", "r", "e").headers[MESSAGE_ID] == "m1"
