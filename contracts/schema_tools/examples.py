"""Worked examples for asyncapi.yaml and README.md: one message of each that an office meets."""

from datetime import UTC, date, datetime
from typing import Any

from fuyuan_contracts import ids
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.events import EVENTS, Data, schema_urn, short_name

OFFICE = "tax.410526"
CASE = ids.case_id(b"an example's key", "court.410526", "(2024)豫0526破1号")
ASSIGNMENT = ids.assignment_id(CASE, "tax_clearance", 1)
TIME = datetime(2024, 9, 6, 0, 30, tzinfo=UTC)
"""08:30 in Anyang."""

ISSUED: dict[str, Any] = {
    "assignment_id": ASSIGNMENT,
    "case_id": CASE,
    "office": OFFICE,
    "task": "tax_clearance",
    "reason": "破产企业的清税由税务部门办理",
    "receipt_due": datetime(2024, 9, 9, 10, tzinfo=UTC),
    "resolution_due": datetime(2024, 9, 29, 10, tzinfo=UTC),
    "case": {
        "filer": "court.410526",
        "reference": "(2024)豫0526破1号",
        "title": "某公司破产清算",
        "division": "410526",
        "lane": "ordinary",
        "filed_on": date(2024, 9, 5),
        "details": {
            "kind": "bankruptcy",
            "debtor": {"name": "某公司", "credit_code": "91350100M000100Y43"},
            "procedure": "liquidation",
            "needs": ["tax_clearance"],
        },
    },
}
CONTEXT: dict[str, Any] = {
    "case_id": CASE,
    "kind": "bankruptcy",
    "division": "410526",
    "task": "tax_clearance",
    "agency": "tax",
    "office": OFFICE,
}
ATTACHMENT: dict[str, Any] = {
    "attachment_id": ids.attachment_id(CASE, "0" * 64),
    "name": "资产清单.pdf",
    "media_type": "application/pdf",
    "size": 48211,
    "sha256": "0" * 64,
}
OTHER = ids.case_id(b"an example's key", "court.410526", "(2024)豫0526破2号")
OF_CASE = {"case_id": CASE, "kind": "bankruptcy", "division": "410526"}
BROUGHT: dict[str, dict[str, Any]] = {
    "assignment.issued": ISSUED,
    "case.attached": {
        **OF_CASE,
        "attachment": ATTACHMENT,
        "office": "court.410526",
        "assignment_ids": [ASSIGNMENT],
    },
    "case.clustered": {
        **OF_CASE,
        "clusters": [
            {
                "alike": "party",
                "what": "某公司",
                "size": 2,
                "window_days": 90,
                "since": date(2024, 8, 1),
                "cases": [OTHER],
            }
        ],
        "assignment_ids": [ASSIGNMENT],
    },
    "information.supplied": {
        "assignment_id": ASSIGNMENT,
        "context": CONTEXT,
        "request": 1,
        "answer": "清单见附件",
        "attachments": [ATTACHMENT],
        "resolution_due": datetime(2024, 10, 10, 10, tzinfo=UTC),
    },
    "assignment.refused": {
        "assignment_id": ASSIGNMENT,
        "said": "assignment.resolved",
        "message_id": ids.event_id(f"/offices/{OFFICE}", ASSIGNMENT, 6),
        "error": "must not be after today, 2024-09-06",
        "field": "outcome.concluded_on",
    },
    "assignment.recalled": {
        "assignment_id": ASSIGNMENT,
        "context": CONTEXT,
        "why": "withdrawn",
        "reason": "提请单位已撤回案件",
    },
    "assignment.urged": {
        "assignment_id": ASSIGNMENT,
        "context": CONTEXT,
        "what": "receipt",
        "due": datetime(2024, 9, 9, 10, tzinfo=UTC),
        "number": 1,
    },
    "instruction.issued": {
        "instruction_id": ids.instruction_id("410526", "滑府批〔2024〕3号"),
        "number": "滑府批〔2024〕3号",
        "division": "410526",
        "office": OFFICE,
        "case_id": CASE,
        "assignment_id": ASSIGNMENT,
        "text": "请税务部门一周内办结清税事项",
        "issued_by": "县长",
        "issued_on": date(2024, 10, 8),
        "due_on": date(2024, 10, 15),
    },
    "case.linked": {
        **OF_CASE,
        "other": OTHER,
        "relation": "same_party",
        "reason": "同一企业集团",
        "assignment_ids": [ASSIGNMENT],
    },
    "access.revoked": {"key_id": "k-7f3a", "office": OFFICE},
}
"""What an inbox brings, in an order in which it may come."""
REPORTED: dict[str, dict[str, Any]] = {
    "assignment.delivered": {},
    "assignment.received": {"by": "张三"},
    "assignment.accepted": {"by": "张三"},
    "assignment.progressed": {"note": "已调取近三年申报记录"},
    "information.requested": {"request": 1, "question": "请补充资产清单"},
    "assignment.resolved": {
        "outcome": {"task": "tax_clearance", "concluded_on": date(2024, 9, 20), "owed_fen": 1250000}
    },
    "assignment.returned": {"reason": "企业注册地不在本县", "better_office": "tax.410500"},
    "assignment.failed": {"error": "our database is full"},
}
"""What an office says, in the order it may say it (it says only one of the last three)."""


def issued() -> Envelope:
    """Give the message that hands an assignment to an office."""
    return brought("assignment.issued")


def brought(name: str) -> Envelope:
    """Give a message an inbox brings: `assignment.issued`, `case.attached` and so on."""
    data = EVENTS[f"cn.fuyuan.{name}.v1"].model_validate(BROUGHT[name])
    if name == "access.revoked":
        key = BROUGHT[name]["key_id"]
        return _envelope(data, "/services/intake", key, 1, about=None)
    return _envelope(data, "/services/routing", CASE, 4 + list(BROUGHT).index(name))


def report(name: str, sequence: int = 1) -> Envelope:
    """Give an office's message: `assignment.delivered`, `information.requested` and so on."""
    event = EVENTS[f"cn.fuyuan.{name}.v1"]
    data = event.model_validate({"assignment_id": ASSIGNMENT} | REPORTED[name])
    return _envelope(data, f"/offices/{OFFICE}", ASSIGNMENT, sequence, issued().id)


def example(type_: str) -> Envelope | None:
    """Give the example of an event, where there is one."""
    name = short_name(type_)
    if name in BROUGHT:
        return brought(name)
    place = list(REPORTED).index(name) if name in REPORTED else -1
    return report(name, min(place + 1, 6)) if place >= 0 else None


def _envelope(  # noqa: PLR0913, PLR0917 -- each is one attribute of the envelope
    data: Data,
    source: str,
    subject: str,
    sequence: int,
    cause: str | None = None,
    about: str | None = CASE,
) -> Envelope:
    return Envelope(
        id=ids.event_id(source, subject, sequence),
        source=source,
        type=data.TYPE,
        subject=subject,
        time=TIME,
        dataschema=schema_urn(data.TYPE),
        sequence=sequence,
        causationid=cause,
        correlationid=about,
        data=data.model_dump(mode="json", exclude_none=True),
    )
