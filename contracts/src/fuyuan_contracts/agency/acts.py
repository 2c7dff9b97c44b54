"""Decides whether an office may say something about an assignment. Pure: the day is given."""

from datetime import date
from typing import Any

from fuyuan_contracts.agency.errors import ActError, EndedError, RecalledError
from fuyuan_contracts.agency.model import Kept, Stage
from fuyuan_contracts.events import (
    AssignmentAccepted,
    AssignmentFailed,
    AssignmentProgressed,
    AssignmentReceived,
    AssignmentReport,
    AssignmentResolved,
    AssignmentReturned,
    InformationRequested,
)
from fuyuan_contracts.reports import PERSONAL, Fault, late_day, personal, step_fault

MAX_REQUESTS = 99


def decide(kept: Kept, said: AssignmentReport, today: date) -> AssignmentReport | None:
    """Give the report to send; None when the same was said already.

    `today` is the business day (Asia/Shanghai). Raises RecalledError, EndedError, or ActError
    naming the field: what routing would refuse is refused here, before it is sent.
    """
    if _is_said(kept, said):
        return None
    if kept.recalled is not None:
        raise RecalledError(f"{kept.id} was recalled ({kept.recalled.why}): {kept.recalled.reason}")
    if kept.stage in (Stage.RESOLVED, Stage.RETURNED):
        raise EndedError(f"{kept.id} was {kept.stage} already")
    data = said.model_dump(
        mode="json", exclude_none=True, exclude={"assignment_id", "context", "better_office"}
    )
    for field in personal(data):
        raise ActError(PERSONAL, field)
    match said:
        case AssignmentResolved():
            _check_outcome(kept, said)
            _raise(late_day(data["outcome"], "outcome", today))
        case AssignmentProgressed() if said.step is not None:
            _raise(_step_fault(kept, data["step"], today))
        case AssignmentReturned() if said.better_office == kept.issued.office:
            raise ActError("is the office that returns it", "better_office")
        case InformationRequested():
            return _numbered(kept, said)
    return said


def same(one: AssignmentReport, other: AssignmentReport) -> bool:
    """Tell whether two reports say the same, whoever says it; requests are numbered later."""
    if type(one) is not type(other):
        return False
    beside = {"by", "context", "request"}
    return one.model_dump(exclude=beside) == other.model_dump(exclude=beside)


def _is_said(kept: Kept, said: AssignmentReport) -> bool:
    before = [report.said for report in kept.valid]
    alike = [item for item in before if type(item) is type(said)]
    match said:
        case AssignmentReceived() | AssignmentAccepted():
            return bool(alike)
        case AssignmentProgressed():  # only the last: an office may say the same again later
            return bool(alike) and same(alike[-1], said)
        case InformationRequested():
            return bool(alike) and same(alike[-1], said) and kept.requests[-1].answer is None
        case AssignmentFailed():
            return kept.stage is Stage.FAILED
        case AssignmentResolved() | AssignmentReturned():
            return any(same(item, said) for item in alike)
        case _:
            return False


def _check_outcome(kept: Kept, said: AssignmentResolved) -> None:
    task = kept.issued.task
    if said.outcome.task != task:
        raise ActError(f"must be one of {task}, not of {said.outcome.task}", "outcome.task")


def _step_fault(kept: Kept, step: dict[str, Any], today: date) -> Fault | None:
    before = [
        report.said.step.model_dump(mode="json")
        for report in kept.valid
        if isinstance(report.said, AssignmentProgressed) and report.said.step is not None
    ]
    details = kept.issued.case.details.model_dump(mode="json")
    return step_fault(kept.issued.task, details, before, step, today)


def _raise(fault: Fault | None) -> None:
    if fault:
        raise ActError(fault.message, fault.field)


def _numbered(kept: Kept, said: InformationRequested) -> InformationRequested:
    requests = kept.requests
    if requests and requests[-1].answer is None:
        raise ActError(f"request {requests[-1].number} has not been answered yet", "question")
    if len(requests) >= MAX_REQUESTS:
        raise ActError(f"{MAX_REQUESTS} requests were made already", "question")
    return said.model_copy(update={"request": len(requests) + 1})
