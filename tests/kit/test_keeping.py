"""What comes from an inbox and what an office says, kept together; without a broker."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from fuyuan_contracts.agency import (
    ActError,
    Agency,
    Assignment,
    EndedError,
    RecalledError,
    Stage,
    StoreError,
    UnknownAssignmentError,
)
from fuyuan_contracts.agency.handling import Handling
from fuyuan_contracts.agency.inbox import Taken, read_again, take
from fuyuan_contracts.agency.store import Store
from fuyuan_contracts.agency.waking import Waking
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.events import (
    EVENTS,
    AccessRevoked,
    AssignmentIssued,
    AssignmentRecalled,
    AssignmentRefused,
    Attachment,
    CaseAttached,
    CaseLinked,
    Data,
    InformationSupplied,
    short_name,
)
from fuyuan_contracts.ids import event_id
from fuyuan_contracts.insolvency_outcomes import TaxClearance, TaxRelief
from fuyuan_contracts.steps import MediationRound
from tests.kit.made import OFFICE, issued

DONE = TaxClearance(task="tax_clearance", concluded_on=date(2024, 9, 6), owed_fen=1)
CODE = "110101199003078515"
Take = Callable[..., Taken]
ROUND = MediationRound(step="mediation_round", number=1, held_on=date(2024, 9, 6))


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    return Agency(office=OFFICE, store=tmp_path / "tax.sqlite3", retries=1, retry_seconds=0.01)


@pytest.fixture
def come(agency: Agency) -> Take:
    """Have a message come: `sequence` makes its id."""

    def taken(data: Data, sequence: int = 1, **more: Any) -> Taken:
        return take(agency.store, agency.declared.policy(), message(data, sequence, **more), "m")

    return taken


def message(data: Data, sequence: int = 1, **more: Any) -> bytes:
    said = data.model_dump(mode="json") | more.pop("wrong", {})
    envelope = Envelope(
        id=event_id("/services/routing", "case", sequence),
        source="/services/routing",
        type=more.pop("type", data.TYPE),
        subject="case",
        time=datetime(2024, 9, 6, tzinfo=UTC),
        sequence=sequence,
        data=said,
    )
    return envelope.encode()


def said(given: Assignment) -> list[str]:
    given.refresh()
    return [short_name(report.said.TYPE).split(".")[1] for report in given.reports]


def stage(given: Assignment) -> Stage:
    return given.stage


def recall(data: AssignmentIssued) -> AssignmentRecalled:
    return AssignmentRecalled(
        assignment_id=data.assignment_id, why="withdrawn", reason="申请人撤回"
    )


async def handled(agency: Agency) -> None:
    """Run the handlers until nothing is left to do."""
    waking = Waking()
    handling = Handling(agency.store, agency.declared, at_once=4, retry_seconds=0.01)
    running = asyncio.create_task(handling.run(waking, 1))
    try:
        async with asyncio.timeout(60):
            while any(
                row["hook"] in agency.declared.wanted
                for row in agency.store.rows("SELECT hook FROM works WHERE done_at IS NULL")
            ):
                await asyncio.sleep(0.01)
                waking.wake()
    finally:
        waking.stop()
        await running


def test_the_same_message_twice_says_delivered_once(agency: Agency, come: Take) -> None:
    data = issued("1")
    assert [come(data).result, come(data).result] == ["stored", "repeated"]
    assert said(agency.get(data.assignment_id)) == ["delivered"]


async def test_who_gives_an_assignment_again_is_told_again_all_that_was_said_about_it(
    agency: Agency, come: Take
) -> None:
    data = issued("1")
    come(data)
    await agency.get(data.assignment_id).receive(by="经办人")
    said_once = agency.store.unsent(10)
    while unsent := agency.store.unsent(10):
        agency.store.mark_sent([item.id for item in unsent])
    come(data)
    assert agency.store.unsent(10) == said_once
    assert said(agency.get(data.assignment_id)) == ["delivered", "received"]


async def test_the_same_assignment_in_a_new_message_says_delivered_again_and_is_not_handled_again(
    agency: Agency, come: Take
) -> None:
    ran = []

    @agency.on()
    async def handle(given: Assignment) -> None:
        ran.append(given.id)

    data = issued("1")
    later = data.model_copy(update={"resolution_due": datetime(2024, 12, 1, tzinfo=UTC)})
    come(data, 1)
    await handled(agency)
    come(later, 2)
    await handled(agency)
    given = agency.get(data.assignment_id)
    assert ran == [data.assignment_id]
    assert said(given) == ["delivered", "delivered"]
    assert given.resolution_due == later.resolution_due


async def test_acts_are_numbered_and_each_is_said_once(agency: Agency, come: Take) -> None:
    data = issued("1")
    come(data)
    given = agency.get(data.assignment_id)
    assert stage(given) is Stage.DELIVERED
    for _ in range(2):
        await given.receive(by="王")
        await given.accept(by="王")
        await given.progress("调取记录")
    await given.resolve(DONE)
    await given.resolve(DONE)
    assert said(given) == ["delivered", "received", "accepted", "progressed", "resolved"]
    source, subject = "/offices/tax.410526", data.assignment_id
    assert [report.id for report in given.reports] == [
        event_id(source, subject, number) for number in range(1, 6)
    ]
    assert stage(given) is Stage.RESOLVED
    with pytest.raises(EndedError):
        await given.return_("不归我局")


@pytest.mark.parametrize(
    ("act", "field"),
    [
        (lambda given: given.progress(f"电话 13800138000，{CODE}"), "note"),
        (lambda given: given.progress(""), "note"),
        (lambda given: given.request_information("请提供13800138000"), "question"),
        (lambda given: given.return_("不归我局", better_office=OFFICE), "better_office"),
        (lambda given: given.return_("不归我局", better_office="nowhere"), "better_office"),
        (
            lambda given: given.resolve(
                TaxRelief(task="tax_relief", concluded_on=date(2024, 9, 6), relieved_fen=1)
            ),
            "outcome.task",
        ),
        (
            lambda given: given.resolve(DONE.model_copy(update={"concluded_on": date(2199, 1, 1)})),
            "outcome.concluded_on",
        ),
        (lambda given: given.accept(by="王 wx13800138000"), "by"),
        (lambda given: given.progress("x", by=CODE), "by"),
        (
            lambda given: given.resolve(DONE.model_copy(update={"note": "0372-2912345"})),
            "outcome.note",
        ),
        (lambda given: given.progress("第二轮", step=ROUND), "step.step"),
    ],
)
async def test_what_routing_would_refuse_is_refused_here_naming_the_field(
    agency: Agency, come: Take, act: Any, field: str
) -> None:
    data = issued("1")
    come(data)
    given = agency.get(data.assignment_id)
    with pytest.raises(ActError, match=field):
        await act(given)
    assert said(given) == ["delivered"]


async def test_rounds_are_said_in_order_and_not_before_they_are_held(
    agency: Agency, come: Take
) -> None:
    data = issued("1", task="administrative_mediation")
    come(data)
    given = agency.get(data.assignment_id)
    with pytest.raises(ActError, match=r"step\.number: .*expected 1"):
        await given.progress("第二轮", step=ROUND.model_copy(update={"number": 2}))
    await given.progress("第一轮", step=ROUND)
    for wrong, field in (({}, "number"), ({"number": 2, "held_on": date(2199, 1, 1)}, "held_on")):
        with pytest.raises(ActError, match=rf"step\.{field}"):
            await given.progress("再一轮", step=ROUND.model_copy(update=wrong))
    await given.progress("第二轮", step=ROUND.model_copy(update={"number": 2}))
    assert said(given) == ["delivered", "progressed", "progressed"]


async def test_a_link_to_another_case_is_told_to_the_offices_code(
    agency: Agency, come: Take
) -> None:
    told = []

    @agency.on_linked
    async def linked(given: Assignment, event: CaseLinked) -> None:
        told.append((given.id, event.other, event.relation))

    data = issued("1")
    event = CaseLinked(
        case_id=data.case_id, kind="bankruptcy", division="410526", other=f"c{'a' * 24}",
        relation="same_party", reason="同一集团", assignment_ids=(data.assignment_id,),
    )  # fmt: skip
    come(event, 2)
    come(data, 1)
    await handled(agency)
    assert told == [(data.assignment_id, event.other, "same_party")]
    assert agency.get(data.assignment_id).links == (event,)


async def test_after_a_recall_every_act_raises_and_the_handler_is_not_begun(
    agency: Agency, come: Take
) -> None:
    told = []

    @agency.on()
    async def handle(_given: Assignment) -> None:
        raise AssertionError

    @agency.on_recalled
    async def recalled(given: Assignment, event: AssignmentRecalled) -> None:
        told.append((given.stage, event.why))

    data = issued("1")
    come(data, 1)
    come(recall(data), 2)
    await handled(agency)
    given = agency.get(data.assignment_id)
    assert told == [(Stage.RECALLED, "withdrawn")]
    for act in (given.accept(), given.resolve(DONE), given.return_("x"), given.fail("x")):
        with pytest.raises(RecalledError, match="申请人撤回"):
            await act
    assert agency.assignments() == []
    assert said(given) == ["delivered"]


async def test_a_recall_that_overtakes_its_assignment_holds(agency: Agency, come: Take) -> None:
    @agency.on()
    async def handle(_given: Assignment) -> None:
        raise AssertionError

    data = issued("1")
    come(recall(data), 2)
    come(data, 1)
    await handled(agency)
    assert agency.get(data.assignment_id).stage is Stage.RECALLED


async def test_a_refused_report_was_never_said(agency: Agency, come: Take) -> None:
    told = []

    @agency.on_refused
    async def refused(given: Assignment, event: AssignmentRefused) -> None:
        told.append((given.stage, event.field))

    data = issued("1")
    come(data, 1)
    given = agency.get(data.assignment_id)
    await given.accept()
    await given.resolve(DONE)
    refusal = AssignmentRefused(
        assignment_id=data.assignment_id,
        said="assignment.resolved",
        message_id=given.reports[-1].id,
        error="must not be in the future",
        field="outcome.concluded_on",
    )
    come(refusal, 2)
    await handled(agency)
    assert told == [(Stage.ACCEPTED, "outcome.concluded_on")]
    given.refresh()
    assert given.reports[-1].refused == "outcome.concluded_on: must not be in the future"
    await given.resolve(DONE)
    assert [report.sequence for report in given.reports] == [1, 2, 3, 4]


async def test_the_filers_answer_comes_with_files_and_a_later_deadline(
    agency: Agency, come: Take
) -> None:
    data = issued("1")
    come(data, 1)
    given = agency.get(data.assignment_id)
    await given.request_information("请补充申报表")
    with pytest.raises(ActError, match="has not been answered"):
        await given.request_information("还有社保")
    file = Attachment(
        attachment_id=f"f{'a' * 24}", name="表", media_type="text/csv", size=1, sha256="0" * 64
    )
    due = datetime(2024, 10, 8, tzinfo=UTC)
    answer = InformationSupplied(
        assignment_id=data.assignment_id, request=1, answer="见附件", attachments=(file,),
        resolution_due=due,
    )  # fmt: skip
    come(answer, 2)
    attached = CaseAttached(
        case_id=data.case_id,
        kind="bankruptcy",
        division="410526",
        attachment=file.model_copy(update={"attachment_id": f"f{'b' * 24}"}),
        assignment_ids=(data.assignment_id,),
    )
    come(attached, 3)
    given.refresh()
    assert given.resolution_due == due
    assert [item.attachment_id[1] for item in given.attachments] == ["a", "b"]
    assert given.requests[0].answer == answer
    await given.request_information("还有社保")
    assert [item.number for item in given.requests] == [1, 2]


async def test_a_handler_that_fails_is_run_again_then_routing_and_people_are_told(
    agency: Agency, come: Take
) -> None:
    ran = []

    @agency.on("tax_clearance")
    async def handle(given: Assignment) -> None:
        ran.append(given.id)
        await given.accept()
        await given.progress("A")
        await given.progress("B")
        raise KeyError("13800138000")

    data = issued("1")
    come(data, 1)
    await handled(agency)
    given = agency.get(data.assignment_id)
    assert len(ran) == 2
    assert said(given) == ["delivered", "accepted", "progressed", "progressed", "failed"]
    (failed,) = [report.said for report in given.reports if "failed" in report.said.TYPE]
    assert failed.model_dump()["error"] == "KeyError: '***'"
    (row,) = agency.store.rows("SELECT attempts, result FROM works")
    assert row == {"attempts": 2, "result": "gave_up"}
    assert stage(given) is Stage.FAILED
    await given.accept()  # was said
    await given.resolve(DONE)  # a person does it
    assert stage(given) is Stage.RESOLVED


async def test_one_that_failed_is_handled_anew_when_it_is_issued_again(
    agency: Agency, come: Take
) -> None:
    repaired: list[bool] = []

    @agency.on(retries=0)
    async def handle(_given: Assignment) -> None:
        if not repaired:
            raise OSError

    data = issued("1")
    come(data, 1)
    await handled(agency)
    assert agency.get(data.assignment_id).stage is Stage.FAILED
    repaired.append(True)
    come(data, 2)
    await handled(agency)
    assert said(agency.get(data.assignment_id)) == ["delivered", "failed", "delivered"]


async def test_a_handler_that_kills_the_process_is_not_begun_for_ever(
    agency: Agency, come: Take
) -> None:
    @agency.on()
    async def handle(_given: Assignment) -> None:
        raise AssertionError

    data = issued("1")
    come(data, 1)
    with agency.store.writing() as db:  # begun twice and never ended
        db.execute("UPDATE works SET attempts = 2")
    await handled(agency)
    assert said(agency.get(data.assignment_id)) == ["delivered", "failed"]


async def test_a_task_without_a_handler_waits_for_a_person(agency: Agency, come: Take) -> None:
    @agency.on("tax_relief")
    async def handle(_given: Assignment) -> None:
        raise AssertionError

    data = issued("1")
    come(data, 1)
    waking = Waking()
    handling = Handling(agency.store, agency.declared, at_once=4, retry_seconds=0.01)
    asyncio.get_running_loop().call_later(0.2, waking.stop)
    await handling.run(waking, 1)
    assert [given.id for given in agency.assignments()] == [data.assignment_id]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"no json \xff", "not_json"),
        (b"{}", "not_an_envelope"),
        (message(issued("1"), type="cn.fuyuan.assignment.issued.v9"), "unknown_type"),
        (message(issued("1"), wrong={"task": 7}), "wrong_data"),
        (message(issued("1", "tax.410500")), "not_ours"),
        (message(issued("1"), type="cn.fuyuan.case.closed.v1"), "wrong_data"),
    ],
)
def test_what_cannot_be_read_is_kept_once_with_its_body(
    agency: Agency, body: bytes, reason: str
) -> None:
    for _ in range(2):
        assert take(agency.store, agency.declared.policy(), body, "m").result == "unreadable"
    (row,) = agency.store.rows("SELECT reason, body FROM unreadable")
    assert row == {"reason": reason, "body": body}


def test_an_assignment_of_a_newer_version_is_told_failed_and_read_after_the_upgrade(
    agency: Agency, come: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = issued("1")
    with monkeypatch.context() as older:
        older.delitem(EVENTS, data.TYPE)
        assert come(data).result == "unreadable"
    (waiting,) = agency.store.unsent(10)
    report = json.loads(waiting.body)
    assert report["type"] == "cn.fuyuan.assignment.failed.v1"
    assert report["correlationid"] == data.case_id
    with pytest.raises(UnknownAssignmentError):
        agency.get(data.assignment_id)
    assert agency.assignments() == []
    assert read_again(agency.store, agency.declared.policy()) == 1
    assert said(agency.get(data.assignment_id)) == ["failed", "delivered"]
    assert agency.store.rows("SELECT * FROM unreadable") == []


def test_a_revoked_key_concerns_no_assignment(come: Take) -> None:
    assert come(AccessRevoked(key_id="k")).concerns == ()


async def test_another_program_acts_through_the_same_store(agency: Agency, come: Take) -> None:
    data = issued("1")
    come(data)
    web = Agency(office=OFFICE, store=agency.settings.store)
    (given,) = web.assignments()
    await given.accept(by="王科员")
    assert said(agency.get(data.assignment_id)) == ["delivered", "accepted"]
    assert len(agency.store.unsent(10)) == 1, "one report of an assignment at a time"


def test_a_store_belongs_to_one_office(agency: Agency) -> None:
    assert agency.store
    with pytest.raises(StoreError, match=r"tax\.410526, not of tax\.410500"):
        Store(agency.settings.store, "tax.410500")


def test_a_file_that_is_no_store_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but somebody's file " * 50)
    with pytest.raises(StoreError):
        Store(file, OFFICE)
    assert file.read_text().startswith("not a database")


def test_only_its_owner_may_read_a_store(agency: Agency) -> None:
    assert agency.store.path.stat().st_mode & 0o077 == 0


def test_declarations_that_cannot_work_are_refused(agency: Agency) -> None:
    async def handle(given: Assignment) -> None:
        await given.accept()

    agency.on("tax_clearance")(handle)
    with pytest.raises(ValueError, match="declared twice"):
        agency.on("tax_clearance")(handle)
    with pytest.raises(ValueError, match="no such task: tax_clearence"):
        agency.on("tax_clearence")(handle)
    with pytest.raises(TypeError, match="async def"):
        agency.on("tax_relief")(lambda given: given)
