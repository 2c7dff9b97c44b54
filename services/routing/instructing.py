"""What is heard of an instruction (批示) about a case: kept, with how it stands. Pure."""

from collections.abc import Sequence
from datetime import datetime

from services.routing.facts import Fact
from services.routing.inputs import Instruct
from services.routing.liaison_facts import Instructed
from services.routing.model import Case
from services.runtime.domain import NotYetError, RefusedError

MAX_INSTRUCTIONS = 200


def instruct(state: Case, given: Instruct, now: datetime) -> Sequence[Fact]:
    """Keep news of an instruction; the same once more gives nothing.

    Raises NotYetError for a case not known here (yet), RefusedError for one instruction too many.
    """
    if state.filing is None:
        msg = f"{state.case_id} has not been filed here"
        raise NotYetError(msg)
    known = any(
        isinstance(fact, Instructed)
        and (fact.instruction_id, fact.standing) == (given.instruction_id, given.standing)
        for fact in state.history
    )
    if known:
        return ()
    if given.instruction_id not in state.instructions and (
        len(state.instructions) >= MAX_INSTRUCTIONS
    ):
        msg = f"{state.case_id} has {MAX_INSTRUCTIONS} instructions already"
        raise RefusedError(msg)
    return [
        Instructed(
            given.instruction_id, given.number, given.office, given.due_on, given.standing, now,
            given.assignment_id, given.text, given.issued_by, given.by,
        )
    ]  # fmt: skip
