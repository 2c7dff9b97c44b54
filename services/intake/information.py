"""What offices ask a filer and what the filer answers (补充材料): each answer once. Pure."""

from collections.abc import Sequence
from datetime import datetime

from services.intake import facts as f
from services.intake import model as m
from services.intake.ending import check_open
from services.runtime.domain import NotYetError, RefusedError


def ask(case: m.Case, given: m.Ask) -> Sequence[f.Fact]:
    """Note a request; one that is known stays as it was first asked."""
    request = given.request
    return [] if request.key in case.requests else [f.Asked(request)]


def answer(case: m.Case, given: m.Answer, now: datetime) -> Sequence[f.Fact]:
    """Answer a request; the same words again give nothing.

    Raises NotYetError for an unknown request; SaidBeforeError; RefusedError for one that its
    assignment has been taken away from, or naming an attachment that is no file of the case.
    """
    key = (given.assignment_id, given.request)
    request = case.requests.get(key)
    if request is None:
        raise NotYetError
    if before := case.answers.get(key):
        if (before.answer, before.attachments) == (given.answer, given.attachments):
            return []
        said = {"answer": before.answer, "attachments": ", ".join(before.attachments)}
        raise m.SaidBeforeError("the request was answered before, in other words", said)
    check_open(case)
    if not case.holds(request.task, request.round):
        msg = "the office no longer has this assignment"
        raise RefusedError(msg)
    for number, id_ in enumerate(given.attachments):
        if id_ not in case.attachments:
            msg = "not a file of this case: attach it first"
            raise RefusedError(msg, f"attachments.{number}")
    said_now = (given.answer, given.attachments, given.by, now)
    return [f.Answered(given.assignment_id, given.request, *said_now)]


def stands(case: m.Case, key: f.RequestKey) -> str:
    """Tell where a request stands: `answered`, `open`, or `void` when nobody waits any more."""
    if key in case.answers:
        return "answered"
    request = case.requests[key]
    return "void" if case.ended or not case.holds(request.task, request.round) else "open"
