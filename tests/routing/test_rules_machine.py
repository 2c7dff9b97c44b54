"""Whatever is said in whatever order: what must hold of a case after each word."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.routing.evolving import evolve
from services.routing.facts import Escalated, Fact, Issued, Recalled, RecallSent, Reported
from services.routing.filer_facts import Supplied
from services.routing.handlers import STREAM
from services.routing.holding import clock, holds
from services.routing.ladder_facts import Urged, UrgeSent
from services.routing.listing import view
from services.routing.loading import build, read_offices, read_rules
from services.routing.model import (
    Attach,
    Case,
    Conclude,
    File,
    Instruct,
    Recall,
    Report,
    Route,
    Supply,
    Tick,
    Transfer,
    Urge,
    Withdraw,
)
from services.routing.rulebook import Filing, Timing
from services.routing.rules import decide, next_due
from services.routing.status import status, waits_for
from services.routing.workdays import later
from services.runtime.domain import NotYetError, RefusedError, business_day

DEPLOY = Path(__file__).parents[2] / "deploy"
_BOOK = build(read_rules(DEPLOY / "routing.yaml"), read_offices(DEPLOY / "offices.yaml"), 1)
BOOK = replace(_BOOK, rules=tuple(r for r in _BOOK.rules if "financing" not in r.needs))
"""Nobody's rule is for financing: it waits at the desk."""
CASE = "c" + "a" * 24
TASKS = ("tax_clearance", "retirement", "financing")
OFFICES = ("tax.410526", "tax.410500", "social_security.410526", "liaison.410500", "no.410500")
SAYS = {"tax_clearance": {"owed_fen": 0}, "retirement": {"retirees": 1},
        "financing": {"amount_fen": 1}}  # fmt: skip
ACTS = ("delivered", "received", "accepted", "progressed", "requested", "returned", "resolved",
        "failed")  # fmt: skip
LIKELY = 7
"""Of ten choices so many are what may well be."""
MOST_URGES = 5
CONCLUSION = {"kind": "bankruptcy", "concluded_on": "2026-03-02", "ended": "completed"}


class Ways(RuleBasedStateMachine):
    """One case, and everybody who may have a word in it."""

    @initialize(needs=st.sets(st.sampled_from(TASKS), min_size=1), by_filer=st.booleans())
    def begin(self, needs: set[str], *, by_filer: bool) -> None:
        self.now = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
        self.state, self.facts, self.before = Case(CASE), list[Fact](), Case(CASE)
        details = {"kind": "bankruptcy", "debtor": {"name": "某公司"}, "needs": sorted(needs),
                   "procedure": "liquidation"}  # fmt: skip
        filing = Filing(
            "bankruptcy", "410526", "ordinary", tuple(sorted(needs)), details, "court.410526",
            "（2026）1号", "某案", date(2026, 3, 2), concluded_by_filer=by_filer,
        )  # fmt: skip
        self.do(File(filing, BOOK))

    def do(self, given: Any, minutes: int = 1) -> None:
        self.now += timedelta(minutes=minutes)
        self.before = self.state
        facts: list[Fact] = []
        with suppress(RefusedError, NotYetError):
            facts = list(decide(self.state, given, self.now))
        for fact in facts:
            stored = STREAM.facts.dump_python(fact, mode="json")
            assert STREAM.facts.validate_python(stored) == fact
            self.state = evolve(self.state, fact)
            STREAM.to_wire(self.state, fact)  # whatever was decided can be said
        self.facts += facts
        # said once more, at once, nothing follows, but that a wrong word is answered again
        with suppress(RefusedError, NotYetError):
            again = decide(self.state, given, self.now)
            assert {fact.type for fact in again} <= {"refused", "reported"}
            for fact in again:
                assert not isinstance(fact, Reported) or fact.act == "progressed"

    def given(self, choice: int) -> str:
        """Choose an assignment, mostly an open one, now and then one that never was."""
        known = [*self.state.assignments, f"{CASE}.tax_clearance.9"]
        open_ = [given.issue.assignment_id for given in self.state.open()]
        likely = open_ if open_ and choice < LIKELY else known
        return likely[choice % len(likely)]

    @rule(
        act=st.sampled_from(ACTS),
        choice=st.integers(0, 9),
        number=st.integers(0, 3),
        better=st.sampled_from([None, *OFFICES]),
        other=st.sampled_from([*[None] * 12, *OFFICES]),
    )
    def report(
        self, act: Any, choice: int, number: int, better: str | None, other: str | None
    ) -> None:
        name = self.given(choice)
        known = self.state.assignments.get(name)
        office = other or (known.issue.office if known else OFFICES[0])
        task = name.split(".")[1]
        number = number or len(known.requests if known else ()) + 1
        outcome = {"task": task, "concluded_on": "2026-03-02", **SAYS[task]}
        self.do(Report(
            act, name, office, BOOK, "张", "因", better if act == "returned" else None,
            outcome if act == "resolved" else None, None,
            number if act == "requested" else None, "assignment.said", "m",
        ))  # fmt: skip

    @rule(choice=st.integers(0, 9), number=st.integers(1, 3), words=st.sampled_from(["甲", "乙"]))
    def supply(self, choice: int, number: int, words: str) -> None:
        self.do(Supply(self.given(choice), number, words, BOOK))

    @precondition(lambda self: any(given.asked for given in self.state.open()))
    @rule(days=st.integers(0, 30))
    def answer(self, days: int) -> None:
        asked = next(given for given in self.state.open() if given.asked)
        given = Supply(asked.issue.assignment_id, len(asked.requests), "甲", BOOK)
        self.do(given, minutes=days * 24 * 60 + 1)

    @precondition(lambda self: self.state.open())
    @rule(act=st.sampled_from(["requested", "accepted", "returned"]), choice=st.integers(0, 6))
    def office_acts(self, act: Any, choice: int) -> None:
        self.report(act, choice, 0, None, None)

    @rule(task=st.sampled_from(TASKS), office=st.sampled_from(OFFICES), hand=st.booleans())
    def move(self, task: str, office: str, *, hand: bool) -> None:
        self.do((Route if hand else Transfer)(task, office, "因", BOOK, "李"))

    @rule(choice=st.integers(0, 9))
    def recall(self, choice: int) -> None:
        self.do(Recall(self.given(choice), "因", BOOK, "李"))

    @rule(minutes=st.one_of(st.integers(1, 60), st.integers(1, 20 * 24 * 60)))
    def wait(self, minutes: int) -> None:
        self.do(Tick(Timing()), minutes)

    @rule(choice=st.integers(0, 9), by=st.sampled_from(["李", "王"]))
    def urge(self, choice: int, by: str) -> None:
        self.do(Urge(self.given(choice), "因", by, "liaison.410526"))

    @rule(which=st.sampled_from("ab"), standing=st.sampled_from(["issued", "overdue", "closed"]))
    def instruct(self, which: str, standing: Any) -> None:
        number, due = f"批〔2026〕{which}号", date(2026, 3, 9)
        self.do(Instruct("i" + which * 24, number, OFFICES[0], due, standing))

    @rule(number=st.integers(0, 1))
    def attach(self, number: int) -> None:
        file = {"attachment_id": f"f{'ab'[number] * 24}", "name": "a", "media_type": "a/b",
                "size": 1, "sha256": "0" * 64}  # fmt: skip
        self.do(Attach(file))

    @rule(ends=st.integers(0, 19))
    def end(self, ends: int) -> None:
        if ends == 0:
            self.do(Withdraw("因", date(2026, 3, 2)))
        elif ends == 1:
            self.do(Conclude(CONCLUSION))

    @invariant()
    def a_task_is_with_one_office_at_most_and_then_neither_at_the_desk(self) -> None:
        tasks = Counter(given.issue.task for given in self.state.open())
        assert not tasks or max(tasks.values()) == 1
        assert not tasks.keys() & self.state.desk.keys()

    @invariant()
    def a_closed_case_stays_as_it_is(self) -> None:
        if self.before.closed:
            same = ("closed", "withdrawn", "concluded", "desk", "alarms", "attachments", "filing")
            for name in same:
                assert getattr(self.state, name) == getattr(self.before, name)
            assert list(self.state.assignments) == list(self.before.assignments)
            assert [given.state for given in self.state.assignments.values()] == [
                given.state for given in self.before.assignments.values()
            ]
        if self.state.closed:
            assert not self.state.open()
            assert not waits_for(self.state, BOOK, self.now)
            assert next_due(self.state) is None

    @invariant()
    def a_case_that_is_not_closed_waits_for_somebody(self) -> None:
        assert self.state.closed or waits_for(self.state, BOOK, self.now)
        status(self.state, BOOK, self.now)
        shown = view(self.state)
        assert shown is not None
        assert self.state.closed or shown["waiting"] or shown["desk"]

    @invariant()
    def from_its_routing_to_its_end_somebody_holds_it_all_the_time(self) -> None:
        found = holds(self.state, BOOK)
        current = [(hold.office, hold.task) for hold in found if hold.end is None]
        waiting = [(item["office"], item["task"]) for item in waits_for(self.state, BOOK, self.now)]
        assert sorted(current) == sorted(waiting)
        if found:
            reached = found[0].begin
            for hold in found:
                assert hold.begin <= reached
                reached = max(reached, hold.end or self.now)
            assert reached == (self.state.closed.at if self.state.closed else self.now)
        shown = clock(self.state, BOOK, self.now)
        assert all(one["seconds"] <= shown["seconds"] for one in shown["holders"])

    @invariant()
    def each_issue_and_each_recall_leaves_for_an_inbox_once(self) -> None:
        issued = [fact.assignment_id for fact in self.facts if isinstance(fact, Issued)]
        assert sorted(issued) == sorted(self.state.assignments)
        recalled = [fact.assignment_id for fact in self.facts if isinstance(fact, Recalled)]
        sent = [fact.assignment_id for fact in self.facts if isinstance(fact, RecallSent)]
        assert recalled == sent
        assert len(set(sent)) == len(sent)

    @invariant()
    def each_urge_leaves_for_an_inbox_once_and_no_person_urges_twice_a_day(self) -> None:
        urged = [fact for fact in self.facts if isinstance(fact, Urged)]
        sent = [(fact.assignment_id, fact.number) for fact in self.facts
                if isinstance(fact, UrgeSent)]  # fmt: skip
        assert [(fact.assignment_id, fact.number) for fact in urged] == sent
        assert len(set(sent)) == len(sent)
        by_hand = [(fact.assignment_id, fact.by, business_day(fact.at)) for fact in urged
                   if fact.by]  # fmt: skip
        assert len(set(by_hand)) == len(by_hand)

    @invariant()
    def each_rung_is_said_in_its_time_and_never_while_information_is_awaited(self) -> None:
        for fact in self.state.history[len(self.before.history) :]:
            if isinstance(fact, Urged) and fact.by is None:
                given = self.before.assignments[fact.assignment_id]
                assert given.asked is None
                assert fact.what != "receipt" or fact.due < fact.at
            elif isinstance(fact, Escalated) and fact.level:
                given = self.before.assignments[fact.assignment_id]
                rung = next(one for one in given.issue.rungs if one.level == fact.level)
                assert given.asked is None
                assert later(given.issue.resolution_due, rung.days + given.stood) < fact.at

    @invariant()
    def each_rung_is_said_once_for_each_deadline_and_in_order(self) -> None:
        for name in self.state.assignments:
            said = [fact for fact in self.facts if getattr(fact, "assignment_id", "") == name]
            levels = [fact.level for fact in said if isinstance(fact, Escalated) and fact.level]
            assert levels == ["county", "city", "conference"][: len(levels)]
            clock = [fact for fact in said if isinstance(fact, Urged) and fact.by is None]
            assert sum(fact.what == "receipt" for fact in clock) <= MOST_URGES
            near = [fact.due for fact in clock if fact.what == "resolution"]
            assert len(set(near)) == len(near)

    @invariant()
    def an_overdue_task_stands_where_it_has_risen(self) -> None:
        for given in self.state.open():
            alarm = self.state.alarms.get(given.issue.task)
            if given.rises:
                assert alarm is not None
                assert alarm.level in {given.rises[-1].level, None}
            assert alarm is None or alarm.why != "overdue" or alarm == given.rises[-1]
        open_ = {given.issue.task for given in self.state.open()}
        late = {task for task, alarm in self.state.alarms.items() if alarm.why == "overdue"}
        assert late <= open_

    @invariant()
    def questions_are_numbered_in_order_and_answers_never_bring_a_deadline_forward(self) -> None:
        for given in self.state.assignments.values():
            numbers = [item.number for item in given.requests]
            assert numbers == list(range(1, len(numbers) + 1))
            assert all(item.answered_at for item in given.requests[:-1])
        for name, given in self.before.assignments.items():
            after = self.state.assignments[name].issue
            assert after.resolution_due >= given.issue.resolution_due
        assert all(
            fact.resolution_soon is None or fact.resolution_soon <= fact.resolution_due
            for fact in self.facts
            if isinstance(fact, Supplied)
        )

    @invariant()
    def what_is_due_next_is_not_past_once_time_has_been_looked_at(self) -> None:
        state = self.state
        for _ in range(9):
            for fact in decide(state, Tick(Timing()), self.now):
                state = evolve(state, fact)
        moment = next_due(state)
        assert moment is None or moment >= self.now


Ways.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
TestWays = Ways.TestCase
