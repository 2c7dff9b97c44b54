"""How routing's facts are worded on the wire: each as at most one message."""

from fuyuan_contracts import events as e
from fuyuan_contracts.channels import INBOX
from services.routing.facts import (
    Closed,
    Escalated,
    Fact,
    Issue,
    Issued,
    Overdue,
    Reissued,
    Reported,
    Routed,
    Unroutable,
)
from services.routing.model import Case
from services.routing.rulebook import Filing
from services.runtime.streams import Outgoing

SOURCE = "/services/routing"


def to_wire(state: Case, fact: Fact) -> Outgoing | None:
    """Turn a fact into a message: to an office's inbox, or for the services."""
    filing = state.filing
    if filing is None:
        return None
    if isinstance(fact, Issued | Reissued):
        issue = state.assignments[fact.assignment_id].issue
        data = _assignment(state.case_id, filing, issue)
        return Outgoing(SOURCE, data, state.case_id, exchange=INBOX, key=issue.office)
    said = _said(state, filing, fact)
    if said is None:
        return None
    key = f"{e.short_name(said.TYPE)}.{filing.kind}"
    return Outgoing(SOURCE, said, state.case_id, key=key)


def _said(state: Case, filing: Filing, fact: Fact) -> e.Data | None:
    said: type[e.Data]
    parts: dict[str, object]
    match fact:
        case Routed():
            said, parts = (
                e.CaseRouted,
                {"assignments": [_issued(item) for item in fact.assignments]},
            )
        case Unroutable():
            needs = [
                {"task": need.task, "why": need.why, "agencies": need.agencies,
                 "reason": need.reason}
                for need in fact.needs
            ]  # fmt: skip
            said, parts = e.CaseUnroutable, {"needs": needs}
        case Escalated():
            said = e.CaseEscalated
            parts = {"task": fact.task, "why": fact.why, "office": fact.office}
        case Closed():
            said, parts = e.CaseClosed, {"concluded_on": fact.concluded_on}
        case Reported():
            said, parts = _reported(fact)
            parts |= _about(state, filing, fact.assignment_id)
        case Overdue():
            said, parts = e.AssignmentOverdue, {"what": fact.what, "due": fact.due}
            parts |= _about(state, filing, fact.assignment_id)
        case _:
            return None
    case = {"case_id": state.case_id, "kind": filing.kind, "division": filing.division}
    return said.model_validate(case | parts)


def _reported(fact: Reported) -> tuple[type[e.Data], dict[str, object]]:
    said: type[e.Data]
    parts: dict[str, object] = {}
    match fact.act:
        case "delivered":
            said = e.AssignmentDelivered
        case "received":
            said = e.AssignmentReceived
        case "accepted":
            said = e.AssignmentAccepted
        case "progressed":
            said, parts = e.AssignmentProgressed, {"note": fact.text}
        case "returned":
            said = e.AssignmentReturned
            parts = {"reason": fact.text, "better_office": fact.better_office}
        case "resolved":
            said, parts = e.AssignmentResolved, {"outcome": fact.outcome}
        case "failed":
            said, parts = e.AssignmentFailed, {"error": fact.text}
    return said, {"by": fact.by, **parts}


def _about(state: Case, filing: Filing, assignment_id: str) -> dict[str, object]:
    issue = state.assignments[assignment_id].issue
    context = {
        "case_id": state.case_id,
        "kind": filing.kind,
        "division": filing.division,
        "task": issue.task,
        "agency": issue.agency,
        "office": issue.office,
        "project": filing.details.get("project"),
    }
    return {"assignment_id": assignment_id, "context": context}


def _issued(issue: Issue) -> dict[str, object]:
    return {
        "assignment_id": issue.assignment_id,
        "task": issue.task,
        "agency": issue.agency,
        "office": issue.office,
        "rule": issue.rule,
        "rules_version": issue.rules_version,
        "reason": issue.reason,
        "receipt_due": issue.receipt_due,
        "resolution_due": issue.resolution_due,
        "due_provisional": issue.provisional,
    }


def _assignment(case_id: str, filing: Filing, issue: Issue) -> e.AssignmentIssued:
    return e.AssignmentIssued.model_validate(
        {
            "assignment_id": issue.assignment_id,
            "case_id": case_id,
            "office": issue.office,
            "task": issue.task,
            "reason": issue.reason,
            "receipt_due": issue.receipt_due,
            "resolution_due": issue.resolution_due,
            "case": {
                "filer": filing.filer,
                "reference": filing.reference,
                "title": filing.title,
                "division": filing.division,
                "lane": filing.lane,
                "filed_on": filing.filed_on,
                "details": filing.details,
                **filing.extra,
            },
        }
    )
