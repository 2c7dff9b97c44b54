"""What officers are shown: an assignment, a row of the list, a place in the list."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from services.agencies import model as m
from services.agencies.rules import allowed
from services.runtime.http import FieldError, Problem

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STATES_ZH: dict[str, str] = {
    "delivered": "已送达，待签收",
    "received": "已签收，待受理",
    "accepted": "已受理，办理中",
    "resolved": "已办结",
    "returned": "已退回",
    "failed": "系统处理失败",
    "waiting_information": "待补充材料",
    "recalled": "已撤回",
}
ACTS_ZH: dict[str, str] = {
    "received": "签收",
    "accepted": "受理",
    "progressed": "进展",
    "returned": "退回",
    "resolved": "办结",
    "failed": "系统处理失败",
    "requested": "要求补充材料",
    "supplied": "补充材料",
    "recalled": "撤回交办",
    "delivered": "送达",
    "redelivered": "送达",
}
ALIKE: dict[str, tuple[str, str]] = {
    "party": ("同一当事人", "the same party"),
    "project": ("同一项目", "the same project"),
    "action": ("同一行政行为", "the same administrative action"),
}
RELATED: dict[str, tuple[str, str]] = {
    "same_matter": ("同一事项", "the same matter"),
    "same_party": ("同一当事人", "the same party"),
    "same_project": ("同一项目", "the same project"),
    "same_action": ("同一行政行为", "the same administrative action"),
    "continues": ("后续案件", "continues it"),
    "other": ("其他关联", "related otherwise"),
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
        "state": state.state,
        "state_zh": STATES_ZH.get(state.state),
        "since": state.asked.asked_at if state.asked else state.since,
        "delivered_at": state.delivered_at,
        "receipt_due": receipt_due,
        "resolution_due": resolution_due,
        "overdue": overdue(state.state, receipt_due, resolution_due, now),
        "reason": given.reason if given else None,
        "findings": [{"code": f.code, "zh": f.zh, "en": f.en} for f in state.findings],
        "next": allowed(state) if may_act else [],
        "recalled": _plain(state.recalled, "at", "why", "reason", "by"),
        "requests": [_plain(item, *REQUEST) for item in state.requests],
        "attachments": list(state.attachments),
        "clusters": [_cluster(item) for item in state.clusters],
        "urged": [_urge(item) for item in state.urges],
        "instructions": list(state.instructions),
        "links": [_link(item) for item in state.links],
        "refused": [_refused(item) for item in state.refused],
        "history": _history(state),
        "case": given.case if given else None,
    }


def _history(state: m.Assignment) -> list[dict[str, Any]]:
    """List what was done; what routing did not take says so, and why."""
    refused = {item.number: item for item in state.refused}
    shown = []
    for act, number in zip(state.acts, state.numbers, strict=True):
        no = refused.get(number)
        shown.append(_act(act) | ({"refused": _plain(no, "at", "error", "field")} if no else {}))
    return shown


ACT = (
    "type", "at", "by", "note", "step", "request", "question", "answer", "why", "reason",
    "better_office", "outcome", "error",
)  # fmt: skip
REQUEST = (
    "number", "question", "asked_at", "by", "answer", "answered_at", "attachments",
)  # fmt: skip
URGE = ("number", "what", "due", "at", "reason", "by")
WHAT_ZH: dict[str, str] = {"receipt": "签收", "resolution": "办结"}
REFUSED = ("at", "said", "error", "field", "message_id")


def _act(act: m.Happened) -> dict[str, Any]:
    said = {name: getattr(act, name) for name in ACT if getattr(act, name, None) is not None}
    return said | {"zh": ACTS_ZH[said["type"]]}


def _plain(item: object | None, *names: str) -> dict[str, Any] | None:
    return None if item is None else {name: getattr(item, name) for name in names}


def _refused(item: m.Refused) -> dict[str, Any]:
    shown = {name: getattr(item, name) for name in REFUSED}
    said = item.said.rpartition(".")[2]
    return shown | {"said_zh": ACTS_ZH.get(said)}


def _urge(item: m.Urged) -> dict[str, Any]:
    shown = {name: getattr(item, name) for name in URGE}
    return shown | {"zh": f"第{item.number}次催办：请尽快{WHAT_ZH[item.what]}"}


def _cluster(item: m.Json) -> dict[str, Any]:
    zh, en = ALIKE[item["alike"]]
    size, days, what = item["size"], item["window_days"], item["what"]
    return {
        **item,
        "zh": f"类案：{days}日内{zh}“{what}”已有{size}件",
        "en": f'{size} cases like this one within {days} days: {en} "{what}"',
    }


def _link(item: m.Json) -> dict[str, Any]:
    """Show a link to another case, of which this office may know the id only."""
    zh, en = RELATED[item["relation"]]
    other = item["other"]
    return {**item, "zh": f"关联案件（{zh}）：{other}", "en": f"linked case ({en}): {other}"}


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
