"""Made-up events for an office."""

from datetime import date, datetime
from typing import Any

from fuyuan_contracts.cases import BankruptcyDetails
from fuyuan_contracts.events import AssignmentIssued, CaseBody
from fuyuan_contracts.ids import assignment_id, case_id

OFFICE = "tax.410526"


def issued(reference: str, office: str = OFFICE, **more: Any) -> AssignmentIssued:
    """Make an assignment; `title` and `task` may be chosen."""
    case = case_id(b"k", "court.410526", reference)
    task = more.pop("task", "tax_clearance")
    return AssignmentIssued(
        assignment_id=assignment_id(case, task, more.pop("round", 1)),
        case_id=case,
        office=office,
        task=task,
        reason="破产企业的清税由税务部门办理",
        receipt_due=datetime.fromisoformat("2024-09-09T10:00:00+00:00"),
        resolution_due=datetime.fromisoformat("2024-09-29T10:00:00+00:00"),
        case=CaseBody(
            filer="court.410526",
            reference=reference,
            title=more.pop("title", "某公司破产清算"),
            division="410526",
            lane="ordinary",
            filed_on=date(2024, 9, 5),
            details=BankruptcyDetails.model_validate(
                {
                    "kind": "bankruptcy",
                    "debtor": {"name": "某公司", "credit_code": "91350100M000100Y43"},
                    "procedure": "liquidation",
                    "accepted_on": "2024-09-01",
                    "needs": ["tax_clearance"],
                }
            ),
        ),
        **more,
    )
