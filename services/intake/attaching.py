"""Who may add a file to a case, and who may read one. Pure."""

from collections.abc import Sequence
from datetime import datetime

from services.intake import facts as f
from services.intake import model as m
from services.intake.ending import check_open
from services.runtime.domain import NotYetError, RefusedError


def attach(case: m.Case, given: m.Attach, now: datetime) -> Sequence[f.Fact]:
    """Add a file; the same bytes again give nothing.

    Raises NotEntitledError, SaidBeforeError for a case that is over, RefusedError at the limit.
    """
    check_may_attach(case, given.office)
    if given.attachment.id in case.attachments:
        return []
    check_open(case)
    if len(case.attachments) >= given.most:
        msg = f"the case has {given.most} files, the most there may be"
        raise RefusedError(msg)
    return [f.Attached(given.attachment, given.stored, given.office, given.by, now)]


def open_file(case: m.Case, given: m.Open, now: datetime) -> Sequence[f.Fact]:
    """Give a file out to somebody else than the filer, which is kept.

    Raises NotYetError for an unknown file, NotEntitledError.
    """
    if given.office is not None and not case.has(given.office):
        msg = "your office has no open task of this case"
        raise m.NotEntitledError(msg)
    if given.attachment_id not in case.attachments:
        raise NotYetError
    return [f.Opened(given.attachment_id, given.office, given.name, given.key_id, now)]


def check_may_attach(case: m.Case, office: str | None) -> None:
    """Raise NotEntitledError for an office that neither filed the case nor has a task of it."""
    own = case.filed is not None and case.filed.filing.filer == office
    if office is not None and not own and not case.has(office):
        msg = "your office has no open task of this case"
        raise m.NotEntitledError(msg)
