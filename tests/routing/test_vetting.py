"""What an office says over the bus is held to what holds over HTTP, and answered with the field."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from fuyuan_contracts import events as e
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.reports import PERSONAL
from services.routing.facts import Fact, Refused, Reported
from services.routing.handlers import STREAM, build_read, build_unfit
from services.routing.inputs import Report
from services.routing.reporting import MAX_REFUSED
from services.routing.rulebook import Filing, Rulebook
from services.routing.rules import decide
from services.routing.status import status
from services.runtime.domain import NotYetError, RefusedError
from services.runtime.streams import Received, Source, Unfit

CASE = "c" + "a" * 24
TAX = f"{CASE}.tax_clearance.1"
PHONE, CODE, LANDLINE = "微信wx13812345678", "a110101199003074514", "0372-2912345"
LATE, TODAY = "2099-01-01", "2026-03-02"
CONTEXT = {"task": "tax_clearance", "concluded_on": TODAY, "result": "done"}


@pytest.fixture
def world(begin: Callable[[Filing], Any], filing: Callable[..., Filing]) -> Any:
    return begin(filing(needs=("tax_clearance", "retirement")))


def stepping(task: str, begin: Any, filing: Any, **details: Any) -> Any:
    """A case whose task has counted steps."""
    kinds = {"administrative_mediation": "administrative_dispute", "retirement": "bankruptcy"}
    made: Filing = filing(needs=(task,), kind=kinds.get(task, task))
    made.details.update(details)  # type: ignore[attr-defined]
    return begin(made)


def refused(facts: list[Fact]) -> Refused:
    (fact,) = facts
    assert isinstance(fact, Refused), fact
    return fact


# nobody's number


@pytest.mark.parametrize("number", [PHONE, CODE, LANDLINE])
@pytest.mark.parametrize(
    ("act", "parts", "field"),
    [
        ("progressed", {"text": "{}"}, "note"),
        ("returned", {"text": "{}"}, "reason"),
        ("requested", {"text": "{}", "request": 1}, "question"),
        ("resolved", {"outcome": CONTEXT | {"note": "{}"}}, "outcome.note"),
        ("resolved", {"outcome": CONTEXT | {"found": [{"name": "{}"}]}}, "outcome.found.0.name"),
        ("progressed", {"step": {"step": "other", "words": "{}"}}, "step.words"),
        ("received", {"by": "{}"}, "by"),
        ("delivered", {"by": "{}"}, "by"),
    ],
)
def test_a_persons_number_is_refused_by_its_field_and_repeated_nowhere(
    world: Any, book: Rulebook, *, act: str, parts: dict[str, Any], field: str, number: str
) -> None:
    given = json.loads(json.dumps(parts).replace("{}", f"联系{number}。"))
    fact = refused(world.say(act, "tax_clearance", **given))
    assert (fact.field, fact.error) == (field, PERSONAL)
    shown = json.dumps(status(world.state, book, world.now), default=str, ensure_ascii=False)
    assert number not in shown + repr(world.state) + repr(STREAM.to_wire(world.state, fact))
    assert world.state.assignments[TAX].state == "issued"


def test_whoever_is_refused_for_something_else_is_not_named_with_a_number(world: Any) -> None:
    assert refused(world.say("received", "tax_clearance", office="tax.410500", by=PHONE)).by is None
    assert refused(world.say("received", "tax_clearance", office="tax.410500", by="张")).by == "张"


def test_what_a_program_says_of_its_failure_is_told_without_the_number(world: Any) -> None:
    fact, _ = world.say("failed", "tax_clearance", text=f"KeyError: {PHONE}", by=CODE)
    assert (fact.text, fact.by) == ("KeyError: 微信wx***", "a***")


def test_a_number_in_the_envelopes_own_id_is_not_taken(book: Rulebook) -> None:
    for name in ({"id": "13812345678"}, {"subject": "13812345678"}):
        with pytest.raises(RefusedError) as caught:
            build_read(lambda: book)(message(e.AssignmentDelivered(assignment_id=TAX), **name))
        assert "138" not in caught.value.message


# days and steps


@pytest.mark.parametrize(
    ("outcome", "field"),
    [
        ({"concluded_on": LATE}, "outcome.concluded_on"),
        ({"published_on": LATE}, "outcome.published_on"),
        ({"rounds": [{"held_on": TODAY}, {"held_on": LATE}]}, "outcome.rounds.1.held_on"),
    ],
)
def test_no_outcome_tells_of_a_day_to_come(world: Any, outcome: dict[str, Any], field: str) -> None:
    assert refused(world.say("resolved", "tax_clearance", outcome=CONTEXT | outcome)).field == field


def stage(name: str, on: str = TODAY) -> dict[str, Any]:
    return {"step": "penalty_stage", "stage": name, "reached_on": on}


def held(number: int, on: str = TODAY) -> dict[str, Any]:
    return {"step": "mediation_round", "number": number, "held_on": on}


@pytest.mark.parametrize(
    ("task", "before", "step", "field"),
    [
        ("retirement", [], stage("filed"), "step.step"),
        ("administrative_mediation", [], stage("filed"), "step.step"),
        ("administrative_mediation", [], held(2), "step.number"),
        ("administrative_mediation", [held(1)], held(3), "step.number"),
        ("administrative_mediation", [held(1)], held(2, "2026-03-01"), "step.held_on"),
        ("administrative_mediation", [], held(1, LATE), "step.held_on"),
        ("penalty_enforcement", [stage("enforced")], stage("filed"), "step.stage"),
        ("penalty_enforcement", [], stage("filed", "2026-01-04"), "step.reached_on"),
        ("penalty_enforcement", [], stage("filed", LATE), "step.reached_on"),
    ],
)
def test_a_step_of_another_task_or_out_of_order_is_refused(
    begin: Any, filing: Any, *, task: str, before: list[Any], step: dict[str, Any], field: str
) -> None:
    world = stepping(task, begin, filing, decided_on="2026-01-05", respondent="finance.410526")
    for earlier in before:
        (fact,) = world.say("progressed", task, step=earlier)
        assert isinstance(fact, Reported), fact
    world.say("progressed", task)  # a note without a step is none
    assert refused(world.say("progressed", task, step=step)).field == field


def test_steps_in_order_count_and_the_last_one_again_is_harmless(begin: Any, filing: Any) -> None:
    world = stepping("penalty_enforcement", begin, filing)
    for name in ("filed", "enforced"):
        (fact,) = world.say("progressed", "penalty_enforcement", step=stage(name))
        assert isinstance(fact, Reported)
        assert world.say("progressed", "penalty_enforcement", step=stage(name)) == []


# after the end


END = 5
LOW, HIGH = END - 1, END + 1


@pytest.mark.parametrize("end", ["resolved", "returned"])
@pytest.mark.parametrize("act", ["received", "accepted", "failed", "progressed"])
def test_after_the_end_only_what_was_said_before_it_is_harmless(
    world: Any, end: str, act: str
) -> None:
    world.say(end, "tax_clearance", sequence=END)
    fact = refused(world.say(act, "tax_clearance", sequence=HIGH))
    assert (fact.field, fact.error) == ("assignment_id", f"{TAX} was {end} already")
    assert refused(world.say(act, "tax_clearance", sequence=None)).field == "assignment_id"
    early = world.say(act, "tax_clearance", sequence=LOW)
    assert [fact.type for fact in early] == (["reported"] if act == "progressed" else [])


def test_after_the_end_the_same_words_and_a_new_delivery_stay_harmless(world: Any) -> None:
    world.say("accepted", "tax_clearance", sequence=1)
    world.say("resolved", "tax_clearance", sequence=END)
    for act in ("delivered", "accepted", "resolved"):
        assert world.say(act, "tax_clearance", sequence=HIGH) == []


# what fits no schema, and what never was


def message(data: e.Data, office: str = "tax.410526", **envelope: Any) -> Received:
    parts = {
        "id": "i", "source": f"/offices/{office}", "type": data.TYPE, "subject": TAX,
        "time": datetime.fromisoformat("2026-03-02T01:00:00Z"), "sequence": 7,
        "data": data.model_dump(mode="json"),
    }  # fmt: skip
    return Received(Envelope(**parts | envelope), data, Source("q", office=office))


def unfit(said: str = "resolved", office: str | None = "tax.410526", **data: Any) -> Unfit:
    envelope = Envelope(
        id="i", source="/offices/tax.410526", type=f"cn.fuyuan.assignment.{said}.v1", subject=TAX,
        time=datetime.fromisoformat("2026-03-02T01:00:00Z"), sequence=7, data=data,
    )  # fmt: skip
    return Unfit(envelope, Source("q", office=office), "outcome.owed_fen", "expected a number")


def test_a_report_that_fits_no_schema_is_answered_where_it_can_be_told_what_it_is_about(
    world: Any, book: Rulebook
) -> None:
    read = build_unfit(lambda: book)
    work = read(unfit(assignment_id=TAX))
    assert work is not None
    assert (work.subject, work.cause and work.cause.sequence) == (CASE, 7)
    fact = refused(world.do(work.input))
    assert (fact.field, fact.said, fact.message_id) == (
        "outcome.owed_fen", "assignment.resolved", "i",
    )  # fmt: skip
    nobody_knows = [
        unfit(),
        unfit(assignment_id=3),
        unfit(assignment_id="c.x.1"),
        unfit(assignment_id=TAX, office=None),
        unfit("issued", assignment_id=TAX),
    ]
    for other in nobody_knows:
        assert read(other) is None  # parked
    strange = read(unfit(assignment_id=TAX.replace("a" * 24, "b" * 24)))
    assert strange is not None
    with pytest.raises(NotYetError):
        decide(STREAM.initial(strange.subject), strange.input, world.now)


def test_who_fits_no_schema_about_anothers_assignment_hears_only_that(
    world: Any, book: Rulebook
) -> None:
    work = build_unfit(lambda: book)(unfit(assignment_id=TAX, office="tax.410500"))
    assert work is not None
    assert refused(world.do(work.input)).field == "assignment_id"


def test_a_report_on_an_assignment_a_known_case_never_had_is_answered(world: Any) -> None:
    fact = refused(world.say("delivered", "tax_clearance", 9))
    assert (fact.field, fact.error) == (
        "assignment_id", f"{CASE}.tax_clearance.9 was never issued",
    )  # fmt: skip
    for _ in range(MAX_REFUSED - 1):
        world.say("delivered", "tax_clearance", 9)
    with pytest.raises(RefusedError):
        world.say("delivered", "tax_clearance", 9)


def test_only_a_number_that_counts_this_assignment_tells_which_was_later(book: Rulebook) -> None:
    data = e.AssignmentDelivered(assignment_id=TAX)
    for subject, expected in ((TAX, 7), (CASE, None)):
        work = build_read(lambda: book)(message(data, subject=subject))
        assert work is not None
        assert isinstance(work.input, Report)
        assert work.input.sequence == expected
