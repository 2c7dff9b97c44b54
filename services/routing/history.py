"""What has happened to a case, as people are shown it. Pure."""

from collections.abc import Mapping
from typing import Any

from services.routing.facts import (
    Closed,
    DueSoon,
    Escalated,
    Fact,
    Filed,
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
from services.routing.filer_facts import (
    Attached,
    AttachedSent,
    CameLate,
    Concluded,
    Supplied,
    Withdrawn,
)
from services.routing.labels import LABELS, label
from services.routing.ladder_facts import Urged, UrgeSent
from services.routing.liaison_facts import Instructed
from services.routing.link_facts import Clustered, ClusteredSent, Linked, LinkedSent
from services.routing.model import Case
from services.routing.rulebook import Rulebook
from services.runtime.words import TASKS, word

Shown = dict[str, Any]
URGED: Mapping[str, str] = {"receipt": "签收", "resolution": "办结"}
INSTRUCTION: Mapping[str, str] = {
    "issued": "instruction_issued",
    "overdue": "instruction_overdue",
    "closed": "instruction_closed",
}
"""The label of how an instruction stands."""
NEAR: Mapping[str, str] = {"receipt": "签收将到期", "resolution": "办结将到期"}


def entries(state: Case, book: Rulebook) -> list[Shown]:
    """Show what happened, oldest first. That the same news left for an inbox, too, is left out."""
    return [
        entry(state, fact, book)
        for fact in state.history
        if not isinstance(fact, RecallSent | UrgeSent | AttachedSent | ClusteredSent | LinkedSent)
    ]


def entry(state: Case, fact: Fact, book: Rulebook) -> Shown:
    """Show one fact: when, what, of which task and office, in whose words."""
    said: Mapping[str, Any] = _said(state, fact, book)
    office = said.get("office")
    return {
        "at": fact.at,
        "what": label(said.get("what", fact.type)),
        "task": said.get("task"),
        "office": named(book, office) if office else None,
        "text": said.get("text"),
        "by": said.get("by"),
        "reason": said.get("reason"),
        "field": said.get("field"),
        "step": said.get("step"),
    }


def named(book: Rulebook, office: str) -> Shown:
    """Show an office with its name."""
    name = book.office_name(office)
    return {"office": office, "zh": name.zh, "en": name.en}


def _said(state: Case, fact: Fact, book: Rulebook) -> Shown:  # noqa: PLR0911, PLR0912, C901 - a table
    match fact:
        case Filed():
            return {"office": fact.filing.filer}
        case Routed():
            text = "；".join(
                f"{word(TASKS, item.task)} → {book.office_name(item.office).zh}"
                for item in fact.assignments
            )
            return {"text": text, "by": fact.by, "reason": fact.words}
        case Unroutable():
            return {"text": "；".join(need.reason for need in fact.needs)}
        case Escalated():
            text = LABELS[fact.why][0]
            text = f"{text}，提级至{LABELS[fact.level][0]}" if fact.level else text
            return {"task": fact.task, "office": fact.office, "text": text}
        case Instructed():
            text = f"{fact.number}：{LABELS[INSTRUCTION[fact.standing]][0]}"
            given = state.assignments.get(fact.assignment_id or "")
            return {
                "task": given.issue.task if given else None,
                "office": fact.office,
                "text": text,
                "by": fact.issued_by or fact.by,
                "reason": fact.text,
            }
        case Attached():
            name = fact.attachment["name"]
            return {"office": fact.office, "text": name, "by": fact.by}
        case Refused():
            return {
                "task": _task(state, fact.assignment_id),
                "office": fact.office,
                "text": f"{fact.said}：{fact.error}",
                "by": fact.by,
                "field": fact.field,
            }
        case Withdrawn():
            return {"office": _filer(state), "by": fact.by, "reason": fact.reason}
        case Concluded():
            day = fact.conclusion["concluded_on"]
            return {"office": _filer(state), "by": fact.by, "text": day}
        case CameLate():
            text = f"{LABELS[fact.said][0]}：{fact.text}"
            return {"office": _filer(state), "by": fact.by, "text": text}
        case Linked():
            text = f"{LABELS[fact.relation][0]}：{fact.other}"
            return {"text": text, "by": fact.by, "reason": fact.reason}
        case Clustered():
            text = "；".join(
                f"{LABELS[item.alike][0]}：{item.what}（{item.window_days}天内{item.size}件）"
                for item in fact.clusters
            )
            return {"text": text}
        case Closed():
            return {"text": fact.concluded_on.isoformat()}
        case _:
            return _of_assignment(state, fact)


def _of_assignment(state: Case, fact: Fact) -> Shown:
    match fact:
        case Issued() | Reissued():
            said: Shown = {}
        case Overdue() | DueSoon():
            said = {"text": LABELS[fact.what][0] if isinstance(fact, Overdue) else NEAR[fact.what]}
        case Urged():
            text = f"第{fact.number}次，催{URGED[fact.what]}"
            said = {"text": text, "by": fact.by, "reason": fact.reason}
        case Reported():
            said = {"what": fact.act, "text": fact.text, "by": fact.by, "step": fact.step}
        case Supplied():
            said = {"text": fact.answer, "by": fact.by}
        case Recalled():
            said = {"text": LABELS[fact.why][0], "by": fact.by, "reason": fact.reason}
        case _:  # a fact that says nothing of an assignment
            return {}
    issue = state.assignments[fact.assignment_id].issue
    return {"task": issue.task, "office": issue.office, **said}


def _task(state: Case, assignment_id: str) -> str | None:
    found = state.assignments.get(assignment_id)
    return found.issue.task if found else None


def _filer(state: Case) -> str | None:
    return state.filing.filer if state.filing else None
