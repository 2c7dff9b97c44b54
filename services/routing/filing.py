"""What comes in from intake about a case: the filing, and files added to it."""

from collections.abc import Sequence
from datetime import datetime

from services.routing.facts import Fact, Filed, Unroutable
from services.routing.filer_facts import Attached, AttachedSent
from services.routing.inputs import Attach, File
from services.routing.issuing import issue, issued
from services.routing.matching import explain
from services.routing.model import Case
from services.runtime.domain import NotYetError, RefusedError

MAX_ATTACHMENTS = 200
"""Files of one case that are passed on; an assignment lists them all in one message."""


def file(state: Case, given: File, now: datetime) -> Sequence[Fact]:
    """Route a filing; one that is known gives nothing."""
    if state.filing is not None:
        return ()
    found = explain(given.rulebook, given.filing)
    facts: list[Fact] = [Filed(given.filing, now)]
    filing, book = given.filing, given.rulebook
    issues = [issue(state.case_id, filing, item, 1, book, now) for item in found.assigned]
    facts += issued(issues, given.rulebook.timing, now)
    if found.unrouted:
        facts.append(Unroutable(found.unrouted, now))
    return facts


def attach(state: Case, given: Attach, now: datetime) -> Sequence[Fact]:
    """Keep that a file was added, and tell the offices that are at work on the case."""
    if state.filing is None:
        msg = f"{state.case_id} has not been filed here"
        raise NotYetError(msg)
    name = given.attachment["attachment_id"]
    if state.closed or any(item["attachment_id"] == name for item in state.attachments):
        return ()
    if len(state.attachments) >= MAX_ATTACHMENTS:
        msg = f"the case has {MAX_ATTACHMENTS} attachments already"
        raise RefusedError(msg, "attachment")
    at_work: dict[str, list[str]] = {}
    for item in state.open():
        at_work.setdefault(item.issue.office, []).append(item.issue.assignment_id)
    told = [
        AttachedSent(name, office, tuple(ids), now, given.office, given.by)
        for office, ids in at_work.items()
    ]
    return [Attached(given.attachment, now, given.office, given.by), *told]
