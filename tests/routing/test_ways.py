"""Every way a case can go: withdrawn, concluded, asked and answered, recalled, moved, due soon."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.routing.facts import Closed, Fact, Overdue, Refused
from services.routing.filer_facts import AttachedSent, Supplied
from services.routing.filing import MAX_ATTACHMENTS
from services.routing.model import (
    Attach,
    Case,
    Conclude,
    File,
    Recall,
    Route,
    Supply,
    Transfer,
    Withdraw,
)
from services.routing.reporting import MAX_REQUESTS
from services.routing.rulebook import Filing
from services.routing.rules import decide, next_due
from services.runtime.domain import SHANGHAI, NotYetError, RefusedError

Make = Callable[..., Filing]
Begin = Callable[[Filing], Any]
CASE = "c" + "a" * 24
TAX, TAX2 = f"{CASE}.tax_clearance.1", f"{CASE}.tax_clearance.2"
WITHDRAW = Withdraw("申请人撤回", date(2026, 3, 2), "王某")
CONCLUSION = {"kind": "bankruptcy", "concluded_on": "2026-03-02", "ended": "completed"}
FILE = {"attachment_id": "f" + "a" * 24, "name": "裁定书.pdf", "media_type": "application/pdf",
        "size": 10, "sha256": "0" * 64}  # fmt: skip


def names(facts: Iterable[Fact]) -> list[str]:
    return [fact.type for fact in facts]


@pytest.fixture
def world(begin: Begin, filing: Make) -> Any:
    return begin(filing(needs=("tax_clearance", "retirement")))


@pytest.fixture
def at_desk(begin: Begin, filing: Make) -> Any:
    return begin(filing(needs=("tax_clearance", "unheard_of")))


# withdrawn, concluded


def test_a_withdrawal_recalls_what_is_open_and_closes_the_case(world: Any) -> None:
    world.say("resolved", "retirement")
    facts = world.do(WITHDRAW)
    assert names(facts) == ["withdrawn", "recalled", "recall_sent", "closed"]
    assert facts[1].assignment_id == TAX
    assert (facts[1].why, facts[-1].ending, facts[-1].concluded_on) == (
        "withdrawn", "withdrawn", date(2026, 3, 2),
    )  # fmt: skip
    assert "申请人撤回" in facts[1].reason
    assert (world.state.state, next_due(world.state)) == ("closed", None)


def test_a_conclusion_recalls_what_is_open_and_closes_with_its_date(world: Any) -> None:
    facts = world.do(Conclude(CONCLUSION, "王某"))
    assert names(facts)[0] == "concluded"
    assert names(facts)[1:-1] == ["recalled", "recall_sent"] * 2
    assert facts[-1] == Closed(date(2026, 3, 2), world.now, "concluded")


@pytest.mark.parametrize("late", [WITHDRAW, Conclude(CONCLUSION)])
@pytest.mark.parametrize("end", [WITHDRAW, Conclude(CONCLUSION)])
def test_a_case_that_has_ended_stays_as_it_ended(world: Any, end: Any, late: Any) -> None:
    world.do(end)
    before = world.state
    crossed = world.do(late)
    assert names(crossed) == ([] if type(end) is type(late) else ["came_late"])
    assert world.do(late) == []  # kept once
    assert replace(world.state, history=before.history) == before


@pytest.mark.parametrize("given", [WITHDRAW, Conclude(CONCLUSION), Attach(FILE)])
def test_what_overtakes_the_filing_comes_again(given: Any, now: datetime) -> None:
    with pytest.raises(NotYetError):
        decide(Case(CASE), given, now)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "stalled_project"}, "conclusion.kind"),
        ({"concluded_on": "2026-03-03"}, "conclusion.concluded_on"),
    ],
)
def test_a_conclusion_of_another_kind_or_from_the_future_is_refused(
    world: Any, wrong: dict[str, str], field: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        world.do(Conclude(CONCLUSION | wrong))
    assert caught.value.field == field


def test_a_case_its_filer_concludes_waits_for_that_when_all_tasks_are_done(
    begin: Begin, filing: Make
) -> None:
    world = begin(filing(concluded_by_filer=True))
    assert names(world.say("resolved", "tax_clearance")) == ["reported"]
    assert world.state.state == "concluding"
    assert names(world.do(Conclude(CONCLUSION))) == ["concluded", "closed"]


def test_the_desk_is_empty_after_the_end(at_desk: Any) -> None:
    assert at_desk.state.state == "desk"
    at_desk.do(WITHDRAW)
    assert (at_desk.state.state, at_desk.state.desk) == ("closed", {})


# what is said after a recall


@pytest.mark.parametrize("act", ["received", "accepted", "progressed", "resolved", "returned"])
def test_what_an_office_says_after_the_recall_is_refused(world: Any, act: str) -> None:
    world.do(WITHDRAW)
    (fact,) = world.say(act, "tax_clearance")
    assert isinstance(fact, Refused)
    assert fact.error == f"{TAX} was recalled (withdrawn)"


@pytest.mark.parametrize("act", ["delivered", "failed"])
def test_what_an_offices_machine_says_before_it_knows_of_the_recall_is_ignored(
    world: Any, act: str
) -> None:
    world.do(WITHDRAW)
    assert world.say(act, "tax_clearance") == []


def test_what_was_said_before_the_recall_may_be_said_again(world: Any) -> None:
    world.say("accepted", "tax_clearance")
    world.do(WITHDRAW)
    assert world.say("accepted", "tax_clearance") == []


# information


def ask(world: Any, number: int = 1, question: str = "请补充账册") -> list[Fact]:
    facts: list[Fact] = world.say("requested", "tax_clearance", text=question, request=number)
    return facts


def answer(world: Any, number: int = 1, words: str = "见附件", **later: Any) -> list[Fact]:
    given = Supply(TAX, number, words, world.book, (FILE,), "王某")
    facts: list[Fact] = world.do(given, timedelta(**later) if later else timedelta(minutes=1))
    return facts


def test_a_question_stops_the_clock_and_the_answer_moves_the_deadline(world: Any) -> None:
    due = world.state.assignments[TAX].issue.resolution_due
    assert names(ask(world)) == ["reported"]
    given = world.state.assignments[TAX]
    assert (given.state, given.received_at) == ("waiting_information", world.now)
    assert world.state.state == "waiting_information"
    (fact,) = answer(world, days=7)  # Monday to Monday: five working days
    assert isinstance(fact, Supplied)
    assert fact.resolution_due - due == timedelta(days=7)
    after = world.state.assignments[TAX]
    assert (after.issue.resolution_due, after.state) == (fact.resolution_due, "received")
    assert [item.answer for item in after.requests] == ["见附件"]
    assert world.state.state == "open"


def test_while_the_clock_stands_nothing_is_due(begin: Begin, filing: Make) -> None:
    world = begin(filing())
    ask(world)
    assert next_due(world.state) is None
    assert world.tick(timedelta(days=90)) == []
    answer(world)
    assert world.tick(timedelta(minutes=1)) == []
    assert next_due(world.state) is not None


def test_a_deadline_missed_before_the_question_stays_missed(begin: Begin, filing: Make) -> None:
    world = begin(filing())
    due = world.state.assignments[TAX].issue.resolution_due
    world.now = due
    ask(world)
    facts = world.tick(timedelta(minutes=1))
    assert [(type(fact), fact.what) for fact in facts] == [(Overdue, "resolution")]
    (fact,) = answer(world, days=30)
    assert fact.resolution_due == due  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("before", "number", "question", "field"),
    [
        ((), 2, "问", "request"),  # a gap
        ((1,), 2, "问", "request"),  # the first is still open
        ((1,), 1, "另问", "question"),  # the same with other words
    ],
)
def test_a_question_out_of_order_is_refused(
    world: Any, before: tuple[int, ...], number: int, question: str, field: str
) -> None:
    for earlier in before:
        ask(world, earlier)
    (fact,) = ask(world, number, question)
    assert isinstance(fact, Refused)
    assert fact.field == field


def test_the_same_question_again_is_harmless_and_the_next_comes_after_the_answer(
    world: Any,
) -> None:
    ask(world)
    assert ask(world) == []
    answer(world)
    assert ask(world) == []
    assert names(ask(world, 2, "再问")) == ["reported"]


def test_questions_of_one_assignment_are_bounded(world: Any) -> None:
    for number in range(1, MAX_REQUESTS + 1):
        assert names(ask(world, number)) == ["reported"]
        assert names(answer(world, number)) == ["supplied"]
    assert names(ask(world, MAX_REQUESTS + 1)) == ["refused"]


@pytest.mark.parametrize("end", ["resolved", "returned"])
def test_after_the_end_no_question_is_taken_and_an_answer_is_too_late(world: Any, end: str) -> None:
    ask(world)
    world.say(end, "tax_clearance")
    assert names(answer(world)) == ["came_late"]
    assert names(ask(world, 2, "再问")) == ["refused"]


def test_an_answer_counts_once_and_only_to_what_was_asked(world: Any) -> None:
    with pytest.raises(RefusedError, match="no request 1"):
        answer(world)
    ask(world)
    answer(world)
    assert answer(world) == []
    with pytest.raises(RefusedError, match="with other words"):
        answer(world, words="不同")
    with pytest.raises(NotYetError):
        world.do(Supply(TAX2, 1, "答", world.book))


# by hand


def route(world: Any, task: str, office: str, reason: str = "由其办理") -> list[Fact]:
    facts: list[Fact] = world.do(Route(task, office, reason, world.book, "李某"))
    return facts


def test_a_task_at_the_desk_is_given_to_an_office_by_hand_once(at_desk: Any) -> None:
    facts = route(at_desk, "unheard_of", "finance.410500")
    assert names(facts) == ["routed", "issued"]
    issue = at_desk.state.assignments[f"{CASE}.unheard_of.1"].issue
    assert (issue.rule, issue.office) == ("desk", "finance.410500")
    assert "由其办理" in issue.reason
    assert (at_desk.state.desk, at_desk.state.state) == ({}, "open")
    assert route(at_desk, "unheard_of", "finance.410500") == []


def test_after_the_third_return_the_officer_decides_and_the_alarm_is_settled(world: Any) -> None:
    world.say("resolved", "retirement")
    world.say("returned", "tax_clearance", 1, better_office="tax.410500")
    world.say("returned", "tax_clearance", 2, better_office="finance.410500")
    world.say("returned", "tax_clearance", 3)
    assert world.state.state == "escalated"
    assert names(route(world, "tax_clearance", "tax.410526")) == ["routed", "issued"]
    issue = world.state.assignments[f"{CASE}.tax_clearance.4"].issue
    assert (issue.round, issue.resolution_days) == (4, 15)
    assert names(world.say("resolved", "tax_clearance", 4)) == ["reported", "closed"]


@pytest.mark.parametrize(
    ("task", "office", "field", "said"),
    [
        ("unheard_of", "tax.999999", "office", "is no office"),
        ("unheard_of", "liaison.410500", "office", "receives no assignments"),
        ("tax_clearance", "tax.410500", "task", "has an open assignment"),
        ("retirement", "tax.410500", "task", "does not wait at the desk"),
    ],
)
def test_a_task_is_not_routed_to_nowhere_or_twice(
    at_desk: Any, task: str, office: str, field: str, said: str
) -> None:
    with pytest.raises(RefusedError, match=said) as caught:
        route(at_desk, task, office)
    assert caught.value.field == field


def test_a_transfer_recalls_and_issues_to_the_other_office(world: Any) -> None:
    given = Transfer("tax_clearance", "tax.410500", "市局管辖", world.book, "李某")
    facts = world.do(given)
    assert names(facts) == ["recalled", "recall_sent", "routed", "issued"]
    assert (facts[0].why, facts[0].assignment_id) == ("transferred", TAX)
    issue = world.state.assignments[TAX2].issue
    assert (issue.rule, issue.office) == ("transfer", "tax.410500")
    assert issue.resolution_days == 15
    assert world.do(given) == []
    back = Transfer("tax_clearance", "tax.410500", "另因", world.book, "李某")
    with pytest.raises(RefusedError, match="has it already"):
        world.do(back)
    assert names(world.say("resolved", "tax_clearance", 1)) == ["refused"]


def test_a_transfer_leads_from_the_city_down_to_a_county_as_well(
    begin: Begin, filing: Make
) -> None:
    world = begin(filing(division="410500"))
    assert world.state.assignments[TAX].issue.office == "tax.410500"
    given = Transfer("tax_clearance", "tax.410526", "由属地办理", world.book, "李某")
    assert names(world.do(given)) == ["recalled", "recall_sent", "routed", "issued"]
    assert world.state.assignments[TAX2].issue.office == "tax.410526"
    assert world.state.assignments[TAX].state == "recalled"
    assert names(world.say("resolved", "tax_clearance", 1)) == ["refused"]
    assert names(world.say("resolved", "tax_clearance", 2)) == ["reported", "closed"]


def test_only_what_is_with_an_office_can_be_transferred(at_desk: Any) -> None:
    with pytest.raises(RefusedError, match="no open assignment") as caught:
        at_desk.do(Transfer("unheard_of", "tax.410500", "因", at_desk.book, "李某"))
    assert caught.value.field == "task"


def test_a_recall_by_hand_brings_the_task_to_the_desk_and_settles_its_alarm(world: Any) -> None:
    world.say("failed", "tax_clearance")
    given = Recall(TAX, "误派", world.book, "李某")
    facts = world.do(given)
    assert names(facts) == ["recalled", "recall_sent", "unroutable"]
    need, _ = world.state.desk["tax_clearance"]
    assert (need.why, need.agencies) == ("recalled", ("tax",))
    assert world.state.state == "desk"
    assert world.do(given) == []
    with pytest.raises(RefusedError, match="has ended already"):
        world.do(Recall(TAX, "另因", world.book, "李某"))


def test_nothing_is_done_by_hand_after_the_end(at_desk: Any) -> None:
    at_desk.do(WITHDRAW)
    for given in (
        Route("unheard_of", "tax.410500", "因", at_desk.book, "李某"),
        Transfer("tax_clearance", "tax.410500", "因", at_desk.book, "李某"),
        Recall(TAX, "因", at_desk.book, "李某"),
    ):
        with pytest.raises(RefusedError):
            at_desk.do(given)


# near the end of a deadline


def test_a_deadline_is_said_to_be_near_once_a_working_day_or_a_fifth_before(
    begin: Begin, filing: Make
) -> None:
    world = begin(filing())
    world.say("received", "tax_clearance")
    issue = world.state.assignments[TAX].issue
    soon = next_due(world.state)
    assert soon == issue.resolution_soon
    assert issue.resolution_due - soon >= (issue.resolution_due - world.now) / 5
    facts = world.tick(soon - world.now + timedelta(seconds=1))
    assert names(facts) == ["due_soon", "urged", "urge_sent"]
    assert (facts[0].what, facts[1].what) == ("resolution", "resolution")
    assert world.tick(timedelta(minutes=1)) == []
    assert next_due(world.state) == issue.resolution_due


def test_a_day_before_a_deadline_of_two_it_is_near_and_one_of_a_day_is_not_from_the_start(
    begin: Begin, filing: Make
) -> None:
    issue = begin(filing()).state.assignments[TAX].issue
    day = issue.receipt_soon.astimezone(SHANGHAI)
    assert (day.date(), day.hour) == (date(2026, 3, 3), 18)
    green = begin(filing(lane="green")).state.assignments[TAX].issue
    assert green.receipt_soon > begin(filing()).now
    assert green.receipt_soon < green.receipt_due


def test_a_deadline_that_moved_is_said_to_be_near_again(begin: Begin, filing: Make) -> None:
    world = begin(filing())
    world.say("received", "tax_clearance")
    world.tick(world.state.assignments[TAX].issue.resolution_soon - world.now + timedelta(hours=1))
    assert world.state.assignments[TAX].warned == ("resolution",)
    ask(world)
    answer(world, days=30)
    assert names(world.tick(timedelta(days=1))) == ["due_soon", "urged", "urge_sent"]


# attachments


def test_a_file_is_kept_once_and_told_to_the_offices_at_work(world: Any) -> None:
    world.say("resolved", "retirement")
    facts = world.do(Attach(FILE, "court.410526", "王某"))
    assert names(facts) == ["attached", "attached_sent"]
    assert isinstance(facts[1], AttachedSent)
    assert (facts[1].office, facts[1].assignment_ids) == ("tax.410526", (TAX,))
    assert world.do(Attach(FILE)) == []


def test_files_of_a_case_are_bounded(world: Any) -> None:
    for number in range(MAX_ATTACHMENTS):
        world.do(Attach(FILE | {"attachment_id": f"f{number:024}"}))
    with pytest.raises(RefusedError, match="200 attachments"):
        world.do(Attach(FILE))


def test_a_filing_after_the_end_changes_nothing(world: Any) -> None:
    world.do(WITHDRAW)
    assert world.do(File(world.state.filing, world.book)) == []
