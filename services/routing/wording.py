"""How routing's facts are worded on the wire: each as at most one message."""

from fuyuan_contracts import events as e
from fuyuan_contracts.channels import INBOX
from services.routing.facts import (
    Closed,
    DueSoon,
    Escalated,
    Fact,
    Issue,
    Issued,
    Overdue,
    Recalled,
    RecallSent,
    Refused,
    Reissued,
    Reported,
    Routed,
    Unroutable,
)
from services.routing.filer_facts import AttachedSent, Supplied
from services.routing.ladder_facts import Urged, UrgeSent
from services.routing.link_facts import Cluster, Clustered, ClusteredSent, Linked, LinkedSent
from services.routing.model import Case
from services.routing.rulebook import Filing
from services.runtime.streams import Outgoing

SOURCE = "/services/routing"
MOST_TOLD = 20
"""Clusters that one message holds."""


def to_wire(state: Case, fact: Fact) -> Outgoing | None:
    """Turn a fact into a message: to an office's inbox, or for the services."""
    filing = state.filing
    if filing is None:
        return None
    if sent := _sent(state, filing, fact):
        office, data = sent
        return Outgoing(SOURCE, data, state.case_id, exchange=INBOX, key=office)
    said = _said(state, filing, fact)
    if said is None:
        return None
    key = f"{e.short_name(said.TYPE)}.{filing.kind}"
    return Outgoing(SOURCE, said, state.case_id, key=key)


def _sent(  # noqa: PLR0911 - a table
    state: Case, filing: Filing, fact: Fact
) -> tuple[str, e.Data] | None:
    """Word what leaves for an office's inbox, and name the office."""
    case = {"case_id": state.case_id, "kind": filing.kind, "division": filing.division}
    match fact:
        case Issued() | Reissued():
            issue = state.assignments[fact.assignment_id].issue
            return issue.office, _assignment(state, filing, issue)
        case RecallSent():
            given = state.assignments[fact.assignment_id]
            return given.issue.office, _recalled(state, filing, given.recalled)
        case UrgeSent():
            given = state.assignments[fact.assignment_id]
            return given.issue.office, _urged(state, filing, given.urges[fact.number - 1])
        case Supplied():
            office = state.assignments[fact.assignment_id].issue.office
            return office, _supplied(state, filing, fact)
        case Refused():
            # no word of the case beside the id the sender gave: it may be none of its own
            return fact.office, e.AssignmentRefused(
                assignment_id=fact.assignment_id,
                said=fact.said,
                message_id=fact.message_id,
                error=fact.error,
                field=fact.field,
            )
        case AttachedSent():
            found = next(
                item for item in state.attachments if item["attachment_id"] == fact.attachment_id
            )
            told = {"attachment": found, "assignment_ids": fact.assignment_ids}
            added = {"office": fact.added_by, "by": fact.by}
            return fact.office, e.CaseAttached.model_validate(case | told | added)
        case ClusteredSent():
            return fact.office, _clustered(case, fact)
        case LinkedSent():  # who did it, and what the other is, is not this office's to know
            link = {"other": fact.other, "relation": fact.relation, "reason": fact.reason}
            told = {"side": fact.side, "assignment_ids": fact.assignment_ids}
            return fact.office, e.CaseLinked.model_validate(case | link | told)
        case _:
            return None


def _said(state: Case, filing: Filing, fact: Fact) -> e.Data | None:  # noqa: C901 - a table
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
            parts = {"task": fact.task, "why": fact.why, "office": fact.office,
                     "assignment_id": fact.assignment_id, "level": fact.level}  # fmt: skip
        case Closed():
            said, parts = e.CaseClosed, {"concluded_on": fact.concluded_on, "ending": fact.ending}
            parts["conclusion"] = state.concluded.conclusion if state.concluded else None
        case Reported():
            said, parts = _reported(fact)
            parts |= _about(state, filing, fact.assignment_id)
        case Overdue() | DueSoon():
            said = e.AssignmentOverdue if isinstance(fact, Overdue) else e.AssignmentDueSoon
            parts = {"what": fact.what, "due": fact.due}
            parts |= _about(state, filing, fact.assignment_id)
        case Urged():
            return _urged(state, filing, fact)
        case Recalled():
            return _recalled(state, filing, fact)
        case Linked():
            said = e.CaseLinked
            parts = {"other": fact.other, "relation": fact.relation, "reason": fact.reason,
                     "side": fact.side, "by": fact.by}  # fmt: skip
        case Clustered():
            said, parts = e.CaseClustered, {"clusters": _clusters(fact.clusters)}
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
            said, parts = e.AssignmentProgressed, {"note": fact.text, "step": fact.step}
        case "requested":
            said = e.InformationRequested
            parts = {"request": fact.request, "question": fact.text}
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
        "resolution_due": issue.resolution_due,
    }
    return {"assignment_id": assignment_id, "context": context}


def _clustered(case: dict[str, str], fact: ClusteredSent) -> e.CaseClustered:
    told = {"clusters": _clusters(fact.clusters), "assignment_ids": fact.assignment_ids}
    return e.CaseClustered.model_validate(case | told)


def _clusters(clusters: tuple[Cluster, ...]) -> list[dict[str, object]]:
    shown = ("alike", "what", "size", "window_days", "since", "cases")
    return [{name: getattr(cluster, name) for name in shown} for cluster in clusters[:MOST_TOLD]]


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


def _recalled(state: Case, filing: Filing, fact: Recalled | None) -> e.AssignmentRecalled:
    if fact is None:
        msg = "a recall is sent after it was decided"
        raise ValueError(msg)
    said = {"why": fact.why, "reason": fact.reason, "by": fact.by}
    return e.AssignmentRecalled.model_validate(_about(state, filing, fact.assignment_id) | said)


def _urged(state: Case, filing: Filing, fact: Urged) -> e.AssignmentUrged:
    said = {"what": fact.what, "due": fact.due, "number": fact.number, "reason": fact.reason,
            "by": fact.by}  # fmt: skip
    return e.AssignmentUrged.model_validate(_about(state, filing, fact.assignment_id) | said)


def _supplied(state: Case, filing: Filing, fact: Supplied) -> e.InformationSupplied:
    said = {
        "request": fact.request,
        "answer": fact.answer,
        "attachments": fact.attachments,
        "resolution_due": fact.resolution_due,
        "by": fact.by,
    }
    return e.InformationSupplied.model_validate(_about(state, filing, fact.assignment_id) | said)


def _assignment(state: Case, filing: Filing, issue: Issue) -> e.AssignmentIssued:
    return e.AssignmentIssued.model_validate(
        {
            "assignment_id": issue.assignment_id,
            "case_id": state.case_id,
            "office": issue.office,
            "task": issue.task,
            "reason": issue.reason,
            "receipt_due": issue.receipt_due,
            "resolution_due": issue.resolution_due,
            "attachments": state.attachments,
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
