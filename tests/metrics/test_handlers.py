from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from fuyuan_contracts import events as e
from fuyuan_contracts.channels import BINDINGS
from fuyuan_contracts.envelope import Envelope
from services.metrics import facts as f
from services.metrics.handlers import STREAM, UNCOUNTED, read, sources
from services.metrics.rules import Input
from services.runtime.streams import Received, Source, Work

TIME = "2024-03-04T09:00:00.123456+08:00"
AT = datetime(2024, 3, 4, 1, 0, 0, 123_000, tzinfo=UTC)
CASE = "c" + "a" * 24
ID = f"{CASE}.tax_clearance.1"
PROJECT = "p" + "a" * 16
WHERE = {"kind": "bankruptcy", "division": "410526"}
ABOUT = f.About("bankruptcy", "410526", "tax_clearance", "tax", "tax.410526")
REPORT: dict[str, Any] = {
    "assignment_id": ID,
    "context": {
        "case_id": CASE, **WHERE, "task": "tax_clearance", "agency": "tax", "office": "tax.410526",
    },
}  # fmt: skip
ISSUED = {
    "assignment_id": ID, "task": "tax_clearance", "agency": "tax", "office": "tax.410526",
    "rule": "r1", "rules_version": 1, "reason": "滑县", "receipt_due": TIME, "resolution_due": TIME,
}  # fmt: skip
FILED = {
    "case_id": CASE, **WHERE, "filer": "court.410526", "reference": "1", "title": "某案",
    "lane": "green", "filed_on": "2024-03-01",
    "details": {"kind": "bankruptcy", "debtor": {"name": "某公司"}, "procedure": "liquidation",
                "needs": ["tax_clearance"]},
}  # fmt: skip
OUTCOME = {"task": "tax_clearance", "concluded_on": "2024-03-08", "result": "partly", "owed_fen": 1}
DAY = datetime(2024, 3, 8, tzinfo=UTC).date()
MEETING = "m" + "a" * 24
INSTRUCTION: dict[str, Any] = {
    "instruction_id": "i" + "a" * 24,
    "number": "1",
    "division": "410500",
    "office": "tax.410500",
    "case_id": CASE,
}
OF_PROJECT = {"project_id": PROJECT, "division": "410527"}
NOTED: list[tuple[type[e.Data], dict[str, Any], str, f.Heard]] = [
    (e.CaseFiled, FILED, CASE,
     f.Filed("bankruptcy", "410526", "green", datetime(2024, 3, 1, tzinfo=UTC).date(), AT,
             "court.410526", {"procedure": "liquidation"})),
    (e.CaseRouted, {"case_id": CASE, **WHERE, "assignments": [ISSUED]}, CASE,
     f.Routed("bankruptcy", "410526",
              (f.Issued(ID, "tax_clearance", "tax", "tax.410526", AT, AT),), AT)),
    (e.CaseUnroutable,
     {"case_id": CASE, **WHERE, "needs": [{"task": "financing", "why": "no_rule", "reason": "-"}]},
     CASE, f.Unroutable("bankruptcy", "410526", (f.Need("financing", "no_rule"),), AT)),
    (e.CaseEscalated, {"case_id": CASE, **WHERE, "task": "financing", "why": "failed"}, CASE,
     f.Escalated("bankruptcy", "410526", "financing", "failed", None, AT)),
    (e.CaseEscalated,
     {"case_id": CASE, **WHERE, "task": "financing", "why": "overdue", "level": "city"}, CASE,
     f.Escalated("bankruptcy", "410526", "financing", "overdue", None, AT, "city")),
    (e.CaseClosed, {"case_id": CASE, **WHERE, "concluded_on": "2024-03-08"}, CASE,
     f.Closed("bankruptcy", "410526", DAY, AT)),
    (e.AssignmentDelivered, REPORT, CASE, f.Reported("delivered", ID, AT, ABOUT)),
    (e.AssignmentDelivered, {"assignment_id": ID}, CASE, f.Reported("delivered", ID, AT, None)),
    (e.AssignmentReceived, REPORT, CASE, f.Reported("received", ID, AT, ABOUT)),
    (e.AssignmentAccepted, REPORT, CASE, f.Reported("accepted", ID, AT, ABOUT)),
    (e.AssignmentProgressed, REPORT | {"note": "在办"}, CASE,
     f.Reported("progressed", ID, AT, ABOUT)),
    (e.AssignmentProgressed,
     REPORT | {"note": "已审", "step": {
         "step": "penalty_stage", "stage": "reviewed", "reached_on": "2024-03-08"}}, CASE,
     f.Reported("progressed", ID, AT, ABOUT, "penalty_stage.reviewed",
                {"reached_on": "2024-03-08"})),
    (e.AssignmentProgressed,
     REPORT | {"note": "第二轮", "step": {
         "step": "mediation_round", "number": 2, "held_on": "2024-03-08", "withdrew": 12}}, CASE,
     f.Reported("progressed", ID, AT, ABOUT, "mediation_round.2",
                {"held_on": "2024-03-08", "withdrew": 12, "settled": 0})),
    (e.AssignmentFailed, REPORT | {"error": "?"}, CASE, f.Reported("failed", ID, AT, ABOUT)),
    (e.AssignmentReturned, REPORT | {"reason": "不属本单位"}, CASE,
     f.Returned(ID, "不属本单位", AT, ABOUT)),
    (e.AssignmentResolved, REPORT | {"outcome": OUTCOME}, CASE,
     f.Resolved(ID, DAY, "partly", AT, ABOUT, {"owed_fen": 1})),
    (e.CaseClosed, {"case_id": CASE, **WHERE, "concluded_on": "2024-03-08", "ending": "withdrawn"},
     CASE, f.Closed("bankruptcy", "410526", DAY, AT, "withdrawn")),
    (e.CaseClosed,
     {"case_id": CASE, "division": "410526", "kind": "administrative_lawsuit",
      "concluded_on": "2024-03-08", "ending": "concluded",
      "conclusion": {"kind": "administrative_lawsuit", "concluded_on": "2024-03-08",
                     "note": "-", "verdict": "lost", "head_appeared": True}}, CASE,
     f.Closed("administrative_lawsuit", "410526", DAY, AT, "concluded",
              {"verdict": "lost", "head_appeared": True})),
    (e.AssignmentReceived, REPORT | {"context": REPORT["context"] | {"resolution_due": TIME}}, CASE,
     f.Reported("received", ID, AT, replace(ABOUT, resolution_due=AT))),
    (e.AssignmentRecalled, REPORT | {"why": "transferred", "reason": "移送市局"}, CASE,
     f.Recalled(ID, "transferred", AT, ABOUT)),
    (e.InformationRequested, REPORT | {"request": 2, "question": "缺少账册"}, CASE,
     f.Asked(ID, 2, AT, ABOUT)),
    (e.InformationSupplied, REPORT | {"request": 2, "answer": "见附件"}, CASE,
     f.Answered(ID, 2, AT, ABOUT)),
    (e.InformationSupplied, REPORT | {"request": 2, "answer": "见附件", "resolution_due": TIME},
     CASE, f.Answered(ID, 2, AT, ABOUT, AT)),
    (e.AssignmentOverdue, REPORT | {"what": "receipt", "due": TIME}, CASE,
     f.Overdue(ID, "receipt", AT, AT, ABOUT)),
    (e.AssignmentUrged, REPORT | {"what": "resolution", "due": TIME, "number": 2}, CASE,
     f.Urged(ID, "resolution", 2, "clock", AT, ABOUT)),
    (e.AssignmentUrged,
     REPORT | {"what": "resolution", "due": TIME, "number": 3, "reason": "请尽快"}, CASE,
     f.Urged(ID, "resolution", 3, "liaison", AT, ABOUT)),
    (e.ProjectRegistered, OF_PROJECT | {"name": "某小区"}, PROJECT,
     f.Registered("410527", "某小区", AT)),
    (e.ProjectRegistered,
     OF_PROJECT | {"name": "某小区", "stalled_since": "2014-03-08", "case_id": CASE}, PROJECT,
     f.Registered("410527", "某小区", AT, DAY.replace(year=2014), CASE)),
    (e.ProjectStageChanged,
     OF_PROJECT | {"before": "registered", "after": "studying", "on": "2024-03-08"}, PROJECT,
     f.StageReached("410527", "studying", DAY, AT, "registered")),
    (e.ProjectFunded,
     OF_PROJECT | {"reference": "1", "source": "owners", "amount_fen": 5, "on": "2024-03-08",
                   "total_fen": 5}, PROJECT, f.Funded("410527", "1", "owners", 5, DAY, AT)),
    (e.ProjectRiskRaised,
     OF_PROJECT | {"disputes": 9, "threshold": 5, "window_days": 30, "on": "2024-03-08"}, PROJECT,
     f.RiskRaised("410527", DAY, AT, 9)),
    (e.MeetingHeld, OF_PROJECT | {"meeting": "study", "on": "2024-03-08"}, PROJECT,
     f.Met("410527", "study", DAY, AT)),
    (e.MeetingRecorded,
     {"meeting_id": MEETING, "reference": "1", "type": "loss_review", "division": "410500",
      "title": "研判会", "on": "2024-03-08", "attendees": 9, "decisions": ["整改"], "cases": [CASE],
      "reviews": [{"case_id": CASE, "causes": ["程序"], "recurrent": True}]}, MEETING,
     f.Recorded("410500", "loss_review", DAY, AT, 9, 1, (CASE,),
                (f.Review(CASE, 1, 0, recurrent=True),))),
    (e.InstructionIssued,
     INSTRUCTION | {"text": "办好", "issued_by": "市长", "issued_on": "2024-03-08",
                    "due_on": "2024-03-08", "meeting_id": MEETING}, INSTRUCTION["instruction_id"],
     f.Instructed("410500", "tax.410500", DAY, DAY, AT, CASE, MEETING)),
    (e.InstructionOverdue, INSTRUCTION | {"due_on": "2024-03-08"}, INSTRUCTION["instruction_id"],
     f.InstructionLate("410500", "tax.410500", DAY, AT, CASE)),
    (e.InstructionClosed,
     INSTRUCTION | {"result": "已办", "closed_on": "2024-03-08", "due_on": "2024-03-08",
                    "in_time": True}, INSTRUCTION["instruction_id"],
     f.InstructionDone("410500", "tax.410500", DAY, DAY, True, AT, CASE)),  # noqa: FBT003
    (e.MessageParked, {"parked_id": "m1", "queue": "q.routing", "reason": "poison"}, "m1",
     f.Parked("q.routing", "poison", AT)),
    (e.MessageReplayed, {"parked_id": "m1", "queue": "q.routing"}, "m1",
     f.Replayed("q.routing", AT)),
]  # fmt: skip
NOT_COUNTED = {e.AccessRevoked, e.AssignmentIssued, *UNCOUNTED}
"""A revocation is an effect; what is issued is in `case.routed`, and goes to an inbox."""


def given(type_: type[e.Data], data: dict[str, Any]) -> Work[Input] | None:
    envelope = Envelope(
        id="e1", source="/services/routing", type=type_.TYPE, subject=CASE, time=TIME,
        sequence=7, data=data,
    )  # fmt: skip
    return read(Received(envelope, e.parse(type_.TYPE, data), Source("q.metrics")))


@pytest.mark.parametrize(("type_", "data", "subject", "fact"), NOTED)
def test_an_event_is_noted_under_its_subject_with_its_own_time(
    type_: type[e.Data], data: dict[str, Any], subject: str, fact: f.Heard
) -> None:
    work = given(type_, data)
    assert work is not None
    assert (work.subject, work.input) == (subject, fact)
    assert work.cause is not None
    assert (work.cause.source, work.cause.sequence) == ("/services/routing", 7)


def test_every_event_that_metrics_is_sent_is_noted() -> None:
    prefixes = tuple(key.removesuffix("#") for key in BINDINGS["metrics"])
    sent = {kind for type_, kind in e.EVENTS.items() if e.short_name(type_).startswith(prefixes)}
    assert {type_ for type_, *_ in NOTED} == sent - NOT_COUNTED


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        (e.AssignmentDueSoon, REPORT | {"what": "receipt", "due": TIME}),
        (e.CaseWithdrawn, {"case_id": CASE, **WHERE, "filer": "court.410526", "reason": "撤回",
                           "withdrawn_on": "2024-03-08"}),
    ],
)  # fmt: skip
def test_what_is_not_counted_changes_nothing(type_: type[e.Data], data: dict[str, Any]) -> None:
    assert given(type_, data) is None


def test_a_revocation_is_left_to_its_effect() -> None:
    assert given(e.AccessRevoked, {"key_id": "k1"}) is None


@pytest.mark.parametrize("fact", [fact for *_, fact in NOTED])
def test_metrics_says_nothing(fact: f.Heard) -> None:
    assert STREAM.to_wire(STREAM.initial("x"), fact) is None


async def test_metrics_reads_one_queue() -> None:
    assert await sources() == [Source("q.metrics")]
