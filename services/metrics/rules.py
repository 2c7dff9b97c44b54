"""Every event is noted, and nothing refused: counts are of what happened. Bulletins are decided."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.metrics import facts as f
from services.metrics import model as m
from services.metrics import published
from services.metrics.joining import join

Input = f.Heard | published.Publish
"""What is noted, and the one command there is."""


def decide(state: m.Subject, given: Input, now: datetime) -> Sequence[f.Fact]:
    """Note what was heard, with its own time: the order of arrival must not matter.

    Raises RefusedError for a bulletin that can't be published.
    """
    if isinstance(given, published.Publish):
        return published.decide(state.bulletin, given, now)
    return (given,)


def evolve(state: m.Subject, fact: f.Fact) -> m.Subject:
    """Join what a fact says to what is known."""
    if isinstance(fact, f.Published):
        editions = state.bulletin.editions if state.bulletin else {}
        bulletin = published.Bulletin({**editions, fact.edition: fact})
        return replace(state, bulletin=bulletin)
    return join(state, _known(state.id, fact))


def _known(id_: str, fact: f.Heard) -> m.Subject:
    match fact:
        case f.Parked() | f.Replayed():
            return m.Subject(id_, message=_message(fact))
        case f.Registered() | f.StageReached() | f.Funded() | f.RiskRaised() | f.Met():
            return m.Subject(id_, project=_project(fact))
        case f.Recorded():
            return m.Subject(id_, meeting=_meeting(fact))
        case f.Instructed() | f.InstructionLate() | f.InstructionDone():
            return m.Subject(id_, instruction=_instruction(fact))
        case (
            f.Reported() | f.Returned() | f.Resolved() | f.Recalled() | f.Asked() | f.Answered()
            | f.Overdue() | f.Urged()
        ):  # fmt: skip
            return m.Subject(id_, case=_about(fact, _assignment(fact)))
        case _:
            return m.Subject(id_, case=_case(fact))


def _case(fact: f.CaseFact) -> m.Case:
    kind, division = fact.kind, fact.division
    match fact:
        case f.Filed():
            filer, said = fact.filer or None, fact.details
            when = (fact.filed_on, fact.at)
            return m.Case(kind, division, fact.lane, *when, filer=filer, details=said)
        case f.Routed():
            given = {item.assignment_id: _issued(item, fact.at) for item in fact.assignments}
            return m.Case(kind, division, routed_at=fact.at, assignments=given)
        case f.Unroutable():
            stuck = frozenset(m.Stuck(fact.at, need.task, need.why) for need in fact.needs)
            return m.Case(kind, division, unroutable=stuck)
        case f.Escalated():
            raised = m.Escalation(fact.at, fact.task, fact.why, fact.office or "", fact.level)
            return m.Case(kind, division, escalated=frozenset({raised}))
        case f.Closed():
            how = (fact.ending, _items(fact.conclusion))
            return m.Case(kind, division, closed=m.Closing(fact.at, fact.concluded_on, *how))


def _issued(item: f.Issued, at: datetime) -> m.Assignment:
    dues = frozenset({item.resolution_due})
    return m.Assignment(item.task, item.agency, item.office, at, item.receipt_due, dues)


def _assignment(fact: f.AssignmentFact) -> m.Assignment:
    match fact:
        case f.Reported():
            marks = {fact.mark: fact.counted} if fact.mark else {}
            return _named(f"{fact.step}_at", fact.at, marks)
        case f.Returned():
            return m.Assignment(returned=m.Return(fact.at, fact.reason))
        case f.Resolved():
            how = (fact.result, _items(fact.outcome))
            resolved = m.Resolution(fact.at, fact.concluded_on, *how)
            return m.Assignment(resolved=resolved)
        case f.Recalled():
            return m.Assignment(recalled=m.Recall(fact.at, fact.why))
        case f.Asked() | f.Answered():
            return _information(fact)
        case f.Overdue() | f.Urged():
            return _clock(fact)


def _clock(fact: f.Overdue | f.Urged) -> m.Assignment:
    if isinstance(fact, f.Urged):
        return m.Assignment(urges={fact.number: m.Urge(fact.at, fact.what, fact.by)})
    receipt = fact.what == "receipt"
    return m.Assignment(
        receipt_due=fact.due if receipt else None,
        resolution_dues=_dues(None if receipt else fact.due),
        overdue=frozenset({fact.what}),
        overdue_at={fact.what: fact.at},
    )


def _named(field: str, time: datetime, marks: Mapping[str, m.Counted]) -> m.Assignment:
    known: dict[str, Any] = {field: time}
    return m.Assignment(**known, marks=marks)


def _items(counted: m.Counted) -> m.Items:
    return tuple(sorted(counted.items()))


def _information(fact: f.Asked | f.Answered) -> m.Assignment:
    if isinstance(fact, f.Asked):
        return m.Assignment(asked={fact.request: fact.at})
    return m.Assignment(
        answered={fact.request: fact.at}, resolution_dues=_dues(fact.resolution_due)
    )


def _dues(due: datetime | None) -> frozenset[datetime]:
    return frozenset({due} if due else ())


def _about(fact: f.AssignmentFact, known: m.Assignment) -> m.Case:
    """Put what is known of an assignment into its case, with what routing says of both."""
    about = fact.about
    if about is None:
        return m.Case(assignments={fact.assignment_id: known})
    where = m.Assignment(
        about.task, about.agency, about.office, resolution_dues=_dues(about.resolution_due)
    )
    named = join(known, where)
    return m.Case(about.kind, about.division, assignments={fact.assignment_id: named})


def _project(fact: f.ProjectFact) -> m.Project:
    division = fact.division
    match fact:
        case f.Registered():
            since, case = fact.stalled_since, fact.case_id
            return m.Project(division, fact.name, fact.at, stalled_since=since, case_id=case)
        case f.StageReached():
            move = m.Move(fact.on, fact.at, fact.stage, fact.before)
            return m.Project(division, stages={fact.stage: fact.on}, moves=frozenset({move}))
        case f.Funded():
            entry = m.Entry(fact.at, fact.source, fact.amount_fen, fact.on)
            return m.Project(division, ledger={fact.reference: entry})
        case f.RiskRaised():
            return m.Project(division, risks=frozenset({fact.on}))
        case f.Met():
            return m.Project(division, meetings=frozenset({(fact.on, fact.meeting)}))


def _meeting(fact: f.Recorded) -> m.Meeting:
    reviews = {
        item.case_id: m.Review(item.causes, item.remedies, item.recurrent) for item in fact.reviews
    }
    return m.Meeting(
        fact.division, fact.meeting, fact.on, fact.at, fact.attendees, fact.decisions,
        frozenset(fact.cases), reviews,
    )  # fmt: skip


def _instruction(fact: f.InstructionFact) -> m.Instruction:
    where = (fact.division, fact.office, fact.case_id)
    match fact:
        case f.Instructed():
            return m.Instruction(
                *where, fact.meeting_id, fact.issued_on, fact.due_on, issued_at=fact.at
            )
        case f.InstructionLate():
            return m.Instruction(*where, due_on=fact.due_on, overdue_at=fact.at)
        case f.InstructionDone():
            carried = m.Carried(fact.at, fact.closed_on, fact.in_time)
            return m.Instruction(*where, due_on=fact.due_on, carried=carried)


def _message(fact: f.MessageFact) -> m.Message:
    if isinstance(fact, f.Parked):
        return m.Message(fact.queue, fact.reason, parked=frozenset({fact.at}))
    return m.Message(fact.queue, replayed=frozenset({fact.at}))
