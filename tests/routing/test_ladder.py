"""The ladder: urged, overdue, risen; each rung once, in its time, in order."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.facts import Escalated, Fact, Overdue
from services.routing.handlers import STREAM
from services.routing.ladder_facts import Rung, Urged
from services.routing.listing import view
from services.routing.model import (
    Case,
    Instruct,
    Recall,
    Supply,
    Tick,
    Transfer,
    Urge,
    Withdraw,
)
from services.routing.rulebook import Filing, Ladder, Timing
from services.routing.rules import decide, next_due
from services.routing.status import status, waits_for
from services.routing.workdays import later, passed
from services.runtime.domain import SHANGHAI, NotYetError, RefusedError

Make = Callable[..., Filing]
Begin = Callable[[Filing], Any]
CASE = "c" + "a" * 24
TAX, TAX2 = f"{CASE}.tax_clearance.1", f"{CASE}.tax_clearance.2"
SECOND = timedelta(seconds=1)


@pytest.fixture
def world(begin: Begin, filing: Make) -> Any:
    """A case that its office has and has not signed for."""
    made = begin(filing())
    made.say("delivered", "tax_clearance")
    return made


def said(facts: Iterable[Fact]) -> list[str]:
    """Say rungs in short: `urged receipt 1`, `overdue resolution`, `city`."""
    found = []
    for fact in facts:
        match fact:
            case Urged():
                found.append(f"urged {fact.what} {fact.number}")
            case Overdue():
                found.append(f"overdue {fact.what}")
            case Escalated():
                found.append(fact.level or fact.why)
    return found


def until(world: Any, moment: datetime) -> list[str]:
    return said(world.tick(moment - world.now + SECOND))


def step(world: Any) -> tuple[date, list[str]]:
    """Go to the next moment at which time does something; the day it is in China, and what."""
    moment = next_due(world.state)
    assert moment is not None
    facts = until(world, moment)
    return moment.astimezone(SHANGHAI).date(), facts


def climb(world: Any) -> list[tuple[str, str]]:
    found = []
    while next_due(world.state) is not None:
        day, facts = step(world)
        found += [(f"{day:%m-%d}", fact) for fact in facts]
    return found


def test_an_office_that_never_answers_is_urged_then_overdue_then_the_task_rises(
    world: Any,
) -> None:
    # Monday 2 March 2026; two working days to sign, fifteen to finish; Qingming is on 6 April
    assert climb(world) == [
        ("03-04", "overdue receipt"),
        ("03-04", "urged receipt 1"),
        ("03-09", "urged receipt 2"),
        ("03-12", "urged receipt 3"),
        ("03-17", "urged receipt 4"),
        ("03-19", "urged resolution 5"),
        ("03-20", "urged receipt 6"),
        ("03-23", "overdue resolution"),
        ("03-30", "county"),
        ("04-07", "city"),
        ("04-21", "conference"),
    ]


def test_the_green_channel_climbs_faster(begin: Begin, filing: Make) -> None:
    world = begin(filing(lane="green"))
    world.say("received", "tax_clearance")
    due = world.state.assignments[TAX].issue.resolution_due
    days = {fact: day for day, fact in climb(world)}
    wanted = [later(due, n).astimezone(SHANGHAI).strftime("%m-%d") for n in (2, 5, 10)]
    assert [days[level] for level in ("county", "city", "conference")] == wanted


@pytest.mark.parametrize("division", ["410500", "410571"])
def test_a_case_of_the_city_or_of_a_county_without_a_desk_starts_at_the_city(
    begin: Begin, filing: Make, book: Any, division: str
) -> None:
    county = book.liaison_for(division)
    assert county == "liaison.410500", "410571 has no desk of its own"
    world = begin(filing(division=division))
    world.say("received", "tax_clearance")
    assert [fact for _, fact in climb(world)][-2:] == ["city", "conference"]


def test_rungs_that_were_jumped_over_are_said_in_order(
    world: Any, begin: Begin, filing: Make
) -> None:
    slowly = begin(filing())
    slowly.say("delivered", "tax_clearance")
    one_by_one = [fact for _, fact in climb(slowly)]
    assert until(world, world.now + timedelta(days=200)) == one_by_one
    assert world.tick(timedelta(days=9)) == []
    assert next_due(world.state) is None


def test_each_urge_goes_to_the_inbox_too(world: Any) -> None:
    facts = world.tick(timedelta(days=200))
    urged = [fact.number for fact in facts if isinstance(fact, Urged)]
    sent = [fact.number for fact in facts if fact.type == "urge_sent"]
    assert urged == sent == [1, 2, 3, 4, 5, 6]
    for fact in facts:
        outgoing = STREAM.to_wire(world.state, fact)
        if fact.type == "urge_sent":
            assert outgoing is not None
            assert (outgoing.exchange, outgoing.key) == ("inbox", "tax.410526")
            assert outgoing.data.number == fact.number  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("act", "stops"), [("received", "urged receipt"), ("accepted", "urged receipt")]
)
def test_who_signs_is_not_urged_to(world: Any, act: str, stops: str) -> None:
    step(world)
    step(world)
    world.say(act, "tax_clearance")
    assert not [fact for _, fact in climb(world) if fact.startswith(stops)]


def test_a_task_stands_at_the_desk_of_its_level_and_with_its_office(world: Any, book: Any) -> None:
    issue = world.state.assignments[TAX].issue
    for rung, desk in zip(
        issue.rungs, ("liaison.410526", "liaison.410500", "liaison.410500"), strict=True
    ):
        until(world, later(issue.resolution_due, rung.days))
        assert world.state.state == "escalated"
        waits = waits_for(world.state, book, world.now)
        assert [(item["office"], item["what"]) for item in waits] == [
            (desk, "overdue"), ("tax.410526", "delivered"),
        ]  # fmt: skip
        shown = view(world.state)
        assert shown is not None
        (item,) = shown["agenda"]
        assert (item["level"], item["since"]) == (rung.level, world.now)
        assert (item["due"], item["office"]) == (issue.resolution_due, "tax.410526")
        assert [(one["why"], one["level"]) for one in shown["desk_items"]] == [
            ("overdue", rung.level)
        ]
    shown = status(world.state, book, world.now)
    assert [item["level"]["code"] for item in shown["assignments"][0]["risen"]] == [
        "county", "city", "conference",
    ]  # fmt: skip
    texts = [item["text"] for item in shown["history"] if item["what"]["code"] == "escalated"]
    assert texts == [
        "超期，提级至县（区）联席办",
        "超期，提级至市联席办",
        "超期，提级至联席会议议程",
    ]


@pytest.mark.parametrize(
    "end",
    [
        lambda world: world.say("resolved", "tax_clearance"),
        lambda world: world.say("returned", "tax_clearance"),
        lambda world: world.do(Transfer("tax_clearance", "tax.410500", "因", world.book, "李")),
        lambda world: world.do(Recall(TAX, "因", world.book, "李")),
        lambda world: world.do(Withdraw("因", date(2026, 3, 2))),
    ],
)
def test_it_is_settled_by_whatever_takes_the_task_from_the_office(world: Any, end: Any) -> None:
    until(world, world.state.assignments[TAX].issue.resolution_due + timedelta(days=30))
    assert world.state.alarms
    end(world)
    assert not world.state.alarms
    shown = view(world.state)
    assert shown is not None
    assert "agenda" not in shown


def test_a_new_round_begins_below(world: Any) -> None:
    world.tick(timedelta(days=200))
    world.do(Transfer("tax_clearance", "tax.410500", "因", world.book, "李"))
    world.say("received", "tax_clearance", 2)
    assert [fact for _, fact in climb(world)] == [
        "urged resolution 1", "overdue resolution", "county", "city", "conference",
    ]  # fmt: skip


def test_an_alarm_that_is_not_of_time_is_not_overwritten_by_a_lower_one(world: Any) -> None:
    due = world.state.assignments[TAX].issue.resolution_due
    world.say("failed", "tax_clearance")
    until(world, later(due, 5))
    assert world.state.alarms["tax_clearance"].why == "failed"
    until(world, later(due, 10))
    assert world.state.alarms["tax_clearance"].level == "city"


def test_what_failed_stands_before_the_county_and_not_before_the_city(world: Any) -> None:
    due = world.state.assignments[TAX].issue.resolution_due
    until(world, later(due, 5))
    world.say("failed", "tax_clearance")
    assert world.state.alarms["tax_clearance"].why == "failed"
    until(world, later(due, 10))
    assert world.state.alarms["tax_clearance"].level == "city"


def test_when_it_is_delivered_at_last_it_stands_where_it_has_risen(
    begin: Begin, filing: Make
) -> None:
    world = begin(filing())
    for _ in range(6):  # never delivered
        world.tick(timedelta(hours=2))
    due = world.state.assignments[TAX].issue.resolution_due
    until(world, later(due, 5))
    assert world.state.alarms["tax_clearance"].why == "undelivered"
    world.say("delivered", "tax_clearance")
    assert world.state.alarms["tax_clearance"].level == "county"


# the clock stands


def ask(world: Any, number: int = 1) -> None:
    world.say("requested", "tax_clearance", text="问", request=number)


def answer(world: Any, later_: timedelta, number: int = 1) -> None:
    world.do(Supply(TAX, number, "答", world.book), later_)


def test_while_the_filer_is_asked_nothing_rises_and_the_answer_moves_it_on(world: Any) -> None:
    due = world.state.assignments[TAX].issue.resolution_due  # Monday 23 March, 18:00
    until(world, due + timedelta(hours=16))  # Tuesday morning: missed
    ask(world)
    assert next_due(world.state) is None
    assert world.tick(timedelta(days=90)) == []
    now = world.now
    answer(world, timedelta(0))
    stood = passed(due + timedelta(hours=16), now + timedelta(days=1))
    issue = world.state.assignments[TAX].issue
    assert issue.resolution_due == due, "what was missed stays missed"
    assert next_due(world.state) == later(due, 5 + stood)
    assert climb(world)[0][1] == "county"


def test_a_rung_said_before_the_question_is_not_said_again(world: Any) -> None:
    due = world.state.assignments[TAX].issue.resolution_due
    until(world, later(due, 5))
    ask(world)
    answer(world, timedelta(days=30))
    assert [fact for _, fact in climb(world)] == ["city", "conference"]


def test_a_deadline_that_moved_is_urged_for_anew(world: Any) -> None:
    world.say("received", "tax_clearance")
    step(world)
    ask(world)
    answer(world, timedelta(days=30))
    assert [fact for _, fact in climb(world)][:2] == ["urged resolution 2", "overdue resolution"]


def test_a_question_before_the_deadline_moves_deadline_and_ladder(world: Any) -> None:
    ask(world)
    answer(world, timedelta(days=30))
    issue = world.state.assignments[TAX].issue
    assert world.state.assignments[TAX].stood == 0
    days = {fact: day for day, fact in climb(world)}
    wanted = later(issue.resolution_due, 5).astimezone(SHANGHAI)
    assert days["county"] == f"{wanted:%m-%d}"


# what the rulebook says


def test_an_assignment_from_before_the_ladder_has_none(world: Any) -> None:
    issue = replace(world.state.assignments[TAX].issue, urge_most=0, rungs=())
    world.state = replace(
        world.state, assignments={TAX: replace(world.state.assignments[TAX], issue=issue)}
    )
    assert said(world.tick(timedelta(days=300))) == ["overdue receipt", "overdue resolution"]
    stored: Any = STREAM.facts.dump_python(world.facts[1], mode="json")
    for item in stored["assignments"]:
        for name in ("urge_every", "urge_most", "rungs"):
            del item[name]
    old: Any = STREAM.facts.validate_python(stored)
    assert [(item.urge_most, item.rungs) for item in old.assignments] == [(0, ())]


def test_a_task_keeps_the_ladder_it_was_given_with(world: Any, begin: Begin, filing: Make) -> None:
    other = begin(filing())
    other.book = replace(other.book, ladders={"ordinary": Ladder(1, 1, 1, 1, 1)})
    other.say("returned", "tax_clearance", better_office="tax.410500")
    assert other.state.assignments[TAX2].issue.rungs == (
        Rung("county", 1), Rung("city", 2), Rung("conference", 3),
    )  # fmt: skip
    assert [rung.days for rung in world.state.assignments[TAX].issue.rungs] == [5, 10, 20]


# by hand


def urge(world: Any, later_: timedelta = SECOND, **changes: Any) -> list[Fact]:
    given_ = replace(Urge(TAX, "请尽快", "李某", "liaison.410526"), **changes)
    facts: list[Fact] = world.do(given_, later_)
    return facts


def test_an_officer_urges_once_a_day_and_others_may_too(world: Any) -> None:
    (fact, sent) = urge(world)
    assert isinstance(fact, Urged)
    assert (fact.what, fact.number, fact.reason, fact.by) == ("receipt", 1, "请尽快", "李某")
    assert sent.type == "urge_sent"
    with pytest.raises(RefusedError, match="today already") as caught:
        urge(world, reason="再催")
    assert caught.value.field is None, "409"
    assert said(urge(world, by="王某")) == ["urged receipt 2"]
    assert said(urge(world, desk="liaison.410500")) == ["urged receipt 3"]
    world.say("received", "tax_clearance")
    assert said(urge(world, timedelta(days=1))) == ["urged resolution 4"]


def test_an_urge_by_hand_takes_no_rung_away(world: Any) -> None:
    urge(world)
    assert [fact for _, fact in climb(world)][:2] == ["overdue receipt", "urged receipt 2"]


def test_nobody_is_urged_who_can_do_nothing(world: Any) -> None:
    with pytest.raises(NotYetError):
        urge(world, assignment_id=TAX2)
    ask(world)
    with pytest.raises(RefusedError, match="waits for its filer"):
        urge(world)
    world.say("resolved", "tax_clearance")
    with pytest.raises(RefusedError, match="has ended already"):
        urge(world)


# instructions

ID = "i" + "a" * 24
NUMBER = "滑府批〔2026〕3号"
ISSUED = Instruct(ID, NUMBER, "tax.410526", date(2026, 3, 9), "issued", TAX, "速办", "县长")
LATE = replace(ISSUED, standing="overdue", text=None, issued_by=None)
DONE = replace(ISSUED, standing="closed", text="已办结", issued_by=None, by="李某")


def test_an_instruction_stands_in_the_case_and_closes_back(world: Any, book: Any) -> None:
    for given_, state in ((ISSUED, "issued"), (LATE, "overdue"), (DONE, "closed")):
        assert [fact.type for fact in world.do(given_)] == ["instructed"]
        assert world.do(given_) == []
        shown = status(world.state, book, world.now)
        (item,) = shown["instructions"]
        assert (item["number"], item["office"]["zh"], item["due_on"], item["state"]["code"]) == (
            NUMBER, "滑县税务局", date(2026, 3, 9), state,
        )  # fmt: skip
    texts = [item["text"] for item in shown["history"] if item["what"]["code"] == "instructed"]
    assert [text.split("：")[1] for text in texts] == ["下达，待办结", "超期未办结", "已办结"]


def test_news_of_an_instruction_may_overtake_each_other(world: Any) -> None:
    for given_ in (DONE, LATE, ISSUED):
        assert world.do(given_)
    found = world.state.instructions[ID]
    assert (found.standing, found.text, found.issued_by) == ("closed", "已办结", "县长")


def test_an_instruction_about_an_unknown_case_comes_again(now: datetime) -> None:
    with pytest.raises(NotYetError):
        decide(Case(CASE), ISSUED, now)


def test_the_agenda_names_the_instructions_about_the_task(world: Any) -> None:
    other = replace(ISSUED, instruction_id="i" + "b" * 24, assignment_id=f"{CASE}.other.1")
    whole = replace(ISSUED, instruction_id="i" + "c" * 24, assignment_id=None)
    for given_ in (ISSUED, other, whole):
        world.do(given_)
    world.tick(timedelta(days=200))
    shown = view(world.state)
    assert shown is not None
    (item,) = shown["agenda"]
    assert [one["instruction_id"] for one in item["instructions"]] == [ID, "i" + "c" * 24]


# whatever happens


@settings(max_examples=60, deadline=None)
@given(
    waits=st.lists(st.integers(1, 40 * 24 * 60), min_size=1, max_size=12),
    acts=st.lists(st.sampled_from(["tick", "received", "ask", "answer", "urge"]), max_size=12),
)
def test_the_ladder_is_the_same_however_seldom_the_clock_is_looked_at(
    begin: Begin, filing: Make, waits: list[int], acts: list[str]
) -> None:
    """What is said by the clock depends on what happened, not on when it was looked at."""
    finals = []
    for often in (False, True):
        world = begin(filing())
        world.say("delivered", "tax_clearance")
        for minutes, act in zip(waits, acts, strict=False):
            end = world.now + timedelta(minutes=minutes)
            while often and (moment := next_due(world.state)) and moment + SECOND < end:
                world.tick(moment - world.now + SECOND)
            world.tick(end - world.now)
            given_ = world.state.assignments[TAX]
            number = len(given_.requests)
            if act == "received":
                world.say(act, "tax_clearance")
            elif act == "ask" and not given_.asked:
                ask(world, number + 1)
            elif act == "answer" and given_.asked:
                answer(world, SECOND, number)
        world.tick(timedelta(days=300))
        finals.append([text for text in said(world.facts) if not text.startswith("urged")])
        finals[-1] += sorted(text for text in said(world.facts) if text.startswith("urged"))
        assert next_due(world.state) is None or world.state.assignments[TAX].asked is None
    assert finals[0] == finals[1]


@pytest.mark.parametrize(
    ("since", "now", "days"),
    [
        ("2026-03-23T18:00", "2026-03-23T18:01", 0),
        ("2026-03-23T18:00", "2026-03-24T09:00", 0),
        ("2026-03-23T18:00", "2026-03-24T18:01", 1),
        ("2026-03-23T18:00", "2026-03-30T09:00", 4),
        ("2026-04-03T18:00", "2026-04-08T09:00", 1),  # Qingming
        ("2026-03-23T18:00", "2026-03-20T18:00", 0),
    ],
)
def test_working_days_passed(since: str, now: str, days: int) -> None:
    moments = (datetime.fromisoformat(item).replace(tzinfo=SHANGHAI) for item in (since, now))
    one, other = (moment.astimezone(UTC) for moment in moments)
    assert passed(one, other) == days


def test_time_looks_at_nothing_between_the_rungs(world: Any) -> None:
    while (moment := next_due(world.state)) is not None:
        assert decide(world.state, Tick(Timing()), moment - timedelta(milliseconds=1)) == []
        assert until(world, moment) or world.facts[-1].type == "due_soon"
