"""What officers are shown: an assignment, a row of the list, a place in the list."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from services.agencies import model as m
from services.agencies.rules import NEXT
from services.runtime.http import FieldError, Problem

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STATES_ZH: dict[str, str] = {
    "delivered": "已送达，待签收",
    "received": "已签收，待受理",
    "accepted": "已受理，办理中",
    "resolved": "已办结",
    "returned": "已退回",
    "failed": "系统处理失败",
}
ACTS_ZH: dict[str, str] = {
    "received": "签收",
    "accepted": "受理",
    "progressed": "进展",
    "returned": "退回",
    "resolved": "办结",
    "failed": "系统处理失败",
}

Overdue = Literal["receipt", "resolution"]


def overdue(
    state: str, receipt_due: datetime | None, resolution_due: datetime | None, now: datetime
) -> Overdue | None:
    """Tell which due date has passed while it waits for the office."""
    if state not in m.OPEN or receipt_due is None or resolution_due is None:
        return None
    if resolution_due < now:
        return "resolution"
    return "receipt" if state == m.Stage.DELIVERED and receipt_due < now else None


def document(state: m.Assignment, now: datetime, *, may_act: bool) -> dict[str, Any]:
    """Show an assignment as its stream says; `next` is what the caller may do with it."""
    given = state.given
    receipt_due = given.receipt_due if given else None
    resolution_due = given.resolution_due if given else None
    return {
        "id": state.id,
        "case_id": state.case_id,
        "office": state.office,
        "task": given.task if given else None,
        "state": state.stage.value,
        "state_zh": STATES_ZH.get(state.stage),
        "since": state.since,
        "delivered_at": state.delivered_at,
        "receipt_due": receipt_due,
        "resolution_due": resolution_due,
        "overdue": overdue(state.stage, receipt_due, resolution_due, now),
        "reason": given.reason if given else None,
        "findings": [{"code": f.code, "zh": f.zh, "en": f.en} for f in state.findings],
        "next": list(NEXT.get(state.stage, ())) if may_act else [],
        "history": [_act(act) for act in state.acts],
        "case": given.case if given else None,
    }


def _act(act: m.Happened) -> dict[str, Any]:
    names = ("type", "at", "by", "note", "reason", "better_office", "outcome", "error")
    said = {name: getattr(act, name) for name in names if getattr(act, name, None) is not None}
    return said | {"zh": ACTS_ZH[said["type"]]}


def row(item: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Show a document of the projection as a row of the list."""
    inner = ("_id", "rev", "order", "open")
    late = overdue(item["state"], item["receipt_due"], item["resolution_due"], now)
    shown = {name: value for name, value in item.items() if name not in inner}
    return {"id": item["_id"], **shown, "state_zh": STATES_ZH.get(item["state"]), "overdue": late}


def cursor_of(item: dict[str, Any]) -> str:
    """Name the place of a document in the list."""
    order = (item["order"] - EPOCH) // timedelta(milliseconds=1)
    return base64.urlsafe_b64encode(f"{order}.{item['_id']}".encode()).decode()


def place_of(cursor: str) -> tuple[datetime, str]:
    """Read a place. Raises Problem (422) for what is none."""
    try:
        order, _, last = base64.urlsafe_b64decode(cursor.encode()).decode().partition(".")
        return EPOCH + timedelta(milliseconds=int(order)), last
    except (binascii.Error, ValueError, OverflowError) as error:
        what = FieldError("cursor", "is no cursor of this list")
        raise Problem(422, "the request is not valid", [what]) from error
