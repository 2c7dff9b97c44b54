"""How an office says what the record has it say: the report of each act, numbered and worded."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fuyuan_contracts.channels import office_out_exchange
from fuyuan_contracts.envelope import CONTENT_TYPE
from fuyuan_contracts.events import (
    AssignmentAccepted,
    AssignmentDelivered,
    AssignmentProgressed,
    AssignmentReceived,
    AssignmentReport,
    AssignmentResolved,
    AssignmentReturned,
    InformationRequested,
)
from fuyuan_contracts.ids import assignment_key
from services.replay.keeping import Given, Saying
from services.runtime.fold import Sending
from services.runtime.frames import Wire
from services.runtime.streams import Outgoing
from services.runtime.wires import wire

ENDS = {"resolve": "resolved", "return": "returned"}
REPORTS: Mapping[str, type[AssignmentReport]] = {
    "deliver": AssignmentDelivered,
    "receive": AssignmentReceived,
    "accept": AssignmentAccepted,
    "progress": AssignmentProgressed,
    "information": InformationRequested,
    "return": AssignmentReturned,
    "resolve": AssignmentResolved,
}


def say(given: Given, act: Mapping[str, Any], now: datetime, cause: str | None = None) -> Saying:
    """Word an act as the office's next report, and note in `given` that it was said.

    Raises pydantic.ValidationError for an act that can't be said.
    """
    given.said += 1
    name = act["act"]
    said = {key: value for key, value in act.items() if key not in ("on", "act")}
    if name == "progress":
        said.setdefault("note", "办理中")
    if name == "information":
        said.setdefault("request", 1)
    report = REPORTS[name].model_validate({"assignment_id": given.id, **said})
    outgoing = Outgoing(
        source=f"/offices/{given.office}",
        data=report,
        correlation=assignment_key(given.id).case_id,
        exchange=office_out_exchange(given.office),
        user=given.office,
    )
    made = wire(Sending(outgoing, given.id, given.said, now, cause, None))
    given.ended = ENDS.get(name, given.ended)
    return Saying(given.office, made.message_id, made.body)


def wire_of(saying: Saying) -> Wire:
    """Give the message of a word that is on its way."""
    exchange = office_out_exchange(saying.office)
    return Wire(exchange, "", saying.body, saying.id, CONTENT_TYPE, user=saying.office)
