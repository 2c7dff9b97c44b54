"""Worked examples for asyncapi.yaml and README.md: one message of each that an office meets."""

from datetime import UTC, date, datetime
from typing import Any

from fuyuan_contracts import ids
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.events import EVENTS, Data, schema_urn

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
REPORTED: dict[str, dict[str, Any]] = {
    "delivered": {},
    "received": {"by": "张三"},
    "accepted": {"by": "张三"},
    "progressed": {"note": "已调取近三年申报记录"},
    "resolved": {
        "outcome": {"task": "tax_clearance", "concluded_on": date(2024, 9, 20), "owed_fen": 1250000}
    },
    "returned": {"reason": "企业注册地不在本县", "better_office": "tax.410500"},
    "failed": {"error": "our database is full"},
}
"""What an office says, in the order it may say it (it says only one of the last three)."""


def issued() -> Envelope:
    """Give the message an inbox brings."""
    data = EVENTS["cn.fuyuan.assignment.issued.v1"].model_validate(ISSUED)
    return _envelope(data, "/services/routing", CASE, 4)


def report(word: str, sequence: int = 1) -> Envelope:
    """Give an office's message: `delivered`, `resolved` and so on."""
    event = EVENTS[f"cn.fuyuan.assignment.{word}.v1"]
    data = event.model_validate({"assignment_id": ASSIGNMENT} | REPORTED[word])
    return _envelope(data, f"/offices/{OFFICE}", ASSIGNMENT, sequence, issued().id)


def example(type_: str) -> Envelope | None:
    """Give the example of an event, where there is one."""
    word = type_.split(".")[-2]
    if word == "issued":
        return issued()
    place = list(REPORTED).index(word) if word in REPORTED else -1
    return report(word, min(place + 1, 5)) if place >= 0 else None


def _envelope(
    data: Data, source: str, subject: str, sequence: int, cause: str | None = None
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
        correlationid=CASE,
        data=data.model_dump(mode="json", exclude_none=True),
    )
