"""Every event is noted: counts are of what happened, so nothing is refused."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.metrics import facts as f
from services.metrics import model as m
from services.metrics.joining import join


def decide(_state: m.Subject, given: f.Fact, _now: datetime) -> Sequence[f.Fact]:
    """Note what was heard, with its own time: the order of arrival must not matter."""
    return (given,)


def evolve(state: m.Subject, fact: f.Fact) -> m.Subject:
    """Join what a fact says to what is known."""
    return join(state, _known(state.id, fact))


def _known(id_: str, fact: f.Fact) -> m.Subject:
    match fact:
        case f.Parked():
            message = m.Message(fact.queue, fact.reason, parked=frozenset({fact.at}))
            return m.Subject(id_, message=message)
        case f.Replayed():
            return m.Subject(id_, message=m.Message(fact.queue, replayed=frozenset({fact.at})))
        case f.Registered() | f.StageReached() | f.Funded() | f.RiskRaised() | f.Met():
            return m.Subject(id_, project=_project(fact))
        case (
            f.Reported() | f.Returned() | f.Resolved() | f.Recalled() | f.Asked() | f.Answered()
            | f.Overdue()
        ):  # fmt: skip
            return m.Subject(id_, case=_about(fact, _assignment(fact)))
        case _:
            return m.Subject(id_, case=_case(fact))


def _case(fact: f.CaseFact) -> m.Case:
    kind, division = fact.kind, fact.division
    match fact:
        case f.Filed():
            return m.Case(kind, division, fact.lane, fact.filed_on, fact.at)
        case f.Routed():
            given = {item.assignment_id: _issued(item, fact.at) for item in fact.assignments}
            return m.Case(kind, division, routed_at=fact.at, assignments=given)
        case f.Unroutable():
            stuck = frozenset(m.Stuck(fact.at, need.task, need.why) for need in fact.needs)
            return m.Case(kind, division, unroutable=stuck)
        case f.Escalated():
            raised = m.Escalation(fact.at, fact.task, fact.why, fact.office or "")
            return m.Case(kind, division, escalated=frozenset({raised}))
        case f.Closed():
            return m.Case(kind, division, closed=m.Closing(fact.at, fact.concluded_on, fact.ending))


def _issued(item: f.Issued, at: datetime) -> m.Assignment:
    dues = frozenset({item.resolution_due})
    return m.Assignment(item.task, item.agency, item.office, at, item.receipt_due, dues)


def _assignment(fact: f.AssignmentFact) -> m.Assignment:
    match fact:
        case f.Reported():
            return _named(f"{fact.step}_at", fact.at)
        case f.Returned():
            return m.Assignment(returned=m.Return(fact.at, fact.reason))
        case f.Resolved():
            resolved = m.Resolution(fact.at, fact.concluded_on, fact.result)
            return m.Assignment(resolved=resolved)
        case f.Recalled():
            return m.Assignment(recalled=m.Recall(fact.at, fact.why))
        case f.Asked() | f.Answered():
            return _information(fact)
        case f.Overdue():
            receipt = fact.what == "receipt"
            return m.Assignment(
                receipt_due=fact.due if receipt else None,
                resolution_dues=_dues(None if receipt else fact.due),
                overdue=frozenset({fact.what}),
            )


def _named(field: str, time: datetime) -> m.Assignment:
    known: dict[str, Any] = {field: time}
    return m.Assignment(**known)


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
            return m.Project(division, fact.name, fact.at)
        case f.StageReached():
            return m.Project(division, stages={fact.stage: fact.on})
        case f.Funded():
            entry = m.Entry(fact.at, fact.source, fact.amount_fen)
            return m.Project(division, ledger={fact.reference: entry})
        case f.RiskRaised():
            return m.Project(division, risks=frozenset({fact.on}))
        case f.Met():
            return m.Project(division, meetings=frozenset({(fact.on, fact.meeting)}))
