"""Wire ↔ model: what an inbox brings is decided on, what is decided leaves as the office's word."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import reduce
from typing import Any

import pytest

from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.events import REPORTS, AccessRevoked, AssignmentIssued, Data
from services.agencies import model as m
from services.agencies.handlers import STREAM, failure, given_of, reader, to_wire, view
from services.agencies.policy import Policies
from services.runtime.fold import Sending
from services.runtime.streams import Outgoing, Received, Source
from services.runtime.wires import wire

OFFICE = "tax.410526"
POLICIES = Policies.model_validate({"version": 1, "default": {"receive": "auto"}})
CODE = {"debtor": {"name": "某公司", "credit_code": "91410500MA40A2B3XF"}}
OWED = {"task": "tax_clearance", "concluded_on": "2026-03-04", "result": "done", "owed_fen": 5}

read = reader(POLICIES)


def received(data: Data, inbox: str = OFFICE) -> Received:
    envelope = Envelope(
        id="e1",
        source="/services/routing",
        type=data.TYPE,
        subject="case",
        time=datetime.fromisoformat("2026-03-04T17:00:00Z"),
        sequence=3,
        data=data.model_dump(mode="json"),
    )
    return Received(envelope, data, Source("q.in", inbox, inbox, inbox=True))


@pytest.fixture
def story(issued: Callable[..., AssignmentIssued], now: datetime) -> list[tuple[m.Assignment, Any]]:
    """Every kind of fact, each with the state after it."""
    (work,) = read(received(issued(**CODE)))
    again = m.Issue(given_of(issued(**CODE)), OFFICE)
    lives: list[list[m.Input]] = [
        [
            work.input,
            again,
            m.Progress(OFFICE, "王", "已调取"),
            m.Ask(OFFICE, "王", "缺少账册"),
            m.Resolve(OFFICE, "王", OWED),
        ],
        [work.input, m.Return(OFFICE, "王", "不属本局", "tax.410500")],
        [m.Fail(OFFICE, again.given.case_id, "KeyError: 'x'")],
    ]
    told = []
    for life in lives:
        state = STREAM.initial(work.subject)
        for input_ in life:
            for fact in STREAM.decide(state, input_, now):
                state = STREAM.evolve(state, fact)
                told.append((state, fact))
    return told


def said_by(state: m.Assignment, fact: m.Fact) -> Outgoing:
    outgoing = to_wire(state, fact)
    assert outgoing
    return outgoing


def sent(outgoing: Outgoing, subject: str, now: datetime) -> dict[str, Any]:
    message = wire(Sending(outgoing, subject, 1, now, None, None))
    body: dict[str, Any] = json.loads(message.body)
    return body | {"exchange": message.exchange, "key": message.key, "user": message.user}


def test_every_fact_leaves_as_the_offices_report_with_its_own_user(
    story: list[tuple[m.Assignment, Any]], now: datetime
) -> None:
    told = set()
    for state, fact in story:
        message = sent(said_by(state, fact), state.id, now)
        assert message["source"] == f"/offices/{OFFICE}"
        assert message["exchange"] == f"office.{OFFICE}.out"
        assert (message["key"], message["user"]) == ("", OFFICE)
        assert (message["subject"], message["correlationid"]) == (state.id, state.case_id)
        assert message["data"]["assignment_id"] == state.id
        assert {message["type"]} <= REPORTS
        told.add(message["type"])
    assert told == REPORTS, "every report an office may make is made"


def test_reports_say_what_the_officer_said(
    story: list[tuple[m.Assignment, Any]], now: datetime
) -> None:
    said: dict[str, Any] = {}
    for state, fact in story:
        message = sent(said_by(state, fact), state.id, now)
        said[fact.type] = {k: v for k, v in message["data"].items() if k != "assignment_id"}
    assert said["delivered"] == said["redelivered"] == {}
    assert said["progressed"] == {"by": "王", "note": "已调取"}
    assert said["requested"] == {"by": "王", "request": 1, "question": "缺少账册"}
    assert said["resolved"] == {"by": "王", "outcome": OWED}
    assert said["returned"] == {
        "by": "王", "reason": "不属本局", "better_office": "tax.410500"
    }  # fmt: skip
    assert said["failed"] == {"error": "KeyError: 'x'"}


def test_a_stream_that_is_stored_and_read_gives_the_same_state(
    story: list[tuple[m.Assignment, Any]],
) -> None:
    facts = [fact for _, fact in story]
    stored = json.loads(json.dumps(STREAM.facts.dump_python(facts[0], mode="json")))
    assert stored["type"] == "delivered"
    kept = [STREAM.facts.validate_python(STREAM.facts.dump_python(f, mode="json")) for f in facts]
    assert kept == facts
    assert reduce(STREAM.evolve, kept[:5], STREAM.initial("a")) == reduce(
        STREAM.evolve, facts[:5], STREAM.initial("a")
    )


def test_an_assignment_becomes_a_decision_with_the_declared_policy_and_its_cause(
    issued: Callable[..., AssignmentIssued],
) -> None:
    data = issued(**CODE)
    (work,) = read(received(data))
    assert work.subject == data.assignment_id
    assert work.input == m.Issue(given_of(data), OFFICE, m.Policy(receive=True))
    assert work.cause
    assert (work.cause.source, work.cause.sequence) == ("/services/routing", 3)


def test_what_the_runtime_does_itself_is_ignored() -> None:
    assert not read(received(AccessRevoked(key_id="k1")))


def test_a_failure_is_told_for_the_inboxs_own_assignment_only(
    issued: Callable[..., AssignmentIssued],
) -> None:
    data = issued()
    work = failure(received(data), "KeyError: 'x'")
    assert work
    assert work.input == m.Fail(OFFICE, data.case_id, "KeyError: 'x'")
    assert work.cause is None, "replayed after a repair it must count as new"
    assert failure(received(data, "tax.410500"), "refused") is None
    assert failure(received(AccessRevoked(key_id="k1")), "x") is None


@pytest.mark.parametrize("error", ["", "  ", "x" * 5000])
def test_any_error_text_makes_a_sendable_report(
    issued: Callable[..., AssignmentIssued], now: datetime, error: str
) -> None:
    work = failure(received(issued()), error)
    assert work
    (fact,) = STREAM.decide(STREAM.initial(work.subject), work.input, now)
    state = STREAM.evolve(STREAM.initial(work.subject), fact)
    assert said_by(state, fact).data.TYPE == "cn.fuyuan.assignment.failed.v1"  # type: ignore[union-attr]


def test_the_list_shows_what_waits_and_what_it_is_about(
    story: list[tuple[m.Assignment, Any]],
) -> None:
    state, fact = story[0]
    shown = view(state)
    assert shown
    assert fact.type == "delivered"
    assert shown["office"] == OFFICE
    assert (shown["state"], shown["open"], shown["task"]) == ("delivered", True, "tax_clearance")
    assert (shown["title"], shown["filer"]) == ("某公司破产清算案", "court.410526")
    assert (shown["division"], shown["kind"], shown["lane"]) == ("410526", "bankruptcy", "ordinary")
    assert shown["findings"] == 0
    assert shown["order"] == shown["resolution_due"]


def test_an_assignment_that_failed_before_it_was_stored_is_listed_too(
    story: list[tuple[m.Assignment, Any]],
) -> None:
    state, fact = story[-1]
    assert fact.type == "failed"
    shown = view(state)
    assert shown
    assert (shown["state"], shown["open"], shown["office"]) == ("failed", False, OFFICE)
    assert shown["order"] == state.since
