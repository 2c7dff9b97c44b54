import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from fuyuan_contracts import events as e
from fuyuan_contracts.cases import CONCLUDED_BY_FILER
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.ids import case_id
from fuyuan_contracts.kinds import Kind
from services.routing.facts import Fact, Issued
from services.routing.handlers import STREAM, build_read, filing_of
from services.routing.listing import view
from services.routing.model import Case, File, Input, Recall, Report, Tick, Transfer, Urge
from services.routing.rulebook import Rulebook, Timing
from services.routing.status import explained, status
from services.runtime.domain import RefusedError
from services.runtime.streams import Outgoing, Received, Source

CASE = case_id(b"test", "court.410526", "（2026）豫0526破1号")
PROJECT = {"division": "410526", "name": "某小区"}


def filed(**changes: Any) -> e.CaseFiled:
    details = {
        "kind": "bankruptcy",
        "debtor": {"name": "滑县某置业有限公司"},
        "procedure": "reorganisation",
        "needs": ["tax_clearance", "housing_continuation"],
        "project": PROJECT,
    }
    return e.CaseFiled.model_validate(
        {
            "case_id": CASE,
            "kind": "bankruptcy",
            "filer": "court.410526",
            "reference": "（2026）豫0526破1号",
            "title": "某置业重整",
            "summary": "摘要",
            "division": "410526",
            "lane": "green",
            "filed_on": "2026-03-02",
            "details": details | changes.pop("details", {}),
            "synthetic": ["summary"],
            **changes,
        }
    )


def received(data: e.Data, office: str | None = None, subject: str = CASE) -> Received:
    envelope = Envelope(
        id="i", source="/offices/tax.410500" if office else "/services/intake", type=data.TYPE,
        subject=subject, time=datetime.fromisoformat("2026-03-02T01:00:00Z"), sequence=1,
        data=data.model_dump(mode="json"),
    )  # fmt: skip
    return Received(envelope, data, Source("q", office=office))


@pytest.fixture
def run(book: Rulebook, now: datetime) -> Callable[..., list[tuple[Fact, Outgoing | None]]]:
    """Decide on messages as the engine does; facts go through their stored form."""

    def go(*messages: Received | Input) -> list[tuple[Fact, Outgoing | None]]:
        read, state, said = build_read(lambda: book), Case(CASE), []
        for hour, message in enumerate(messages):
            moment = now + timedelta(hours=hour)
            work = read(message) if isinstance(message, Received) else None
            given = work.input if work else message
            assert not isinstance(given, Received)
            for fact in STREAM.decide(state, given, moment):
                stored = json.loads(json.dumps(STREAM.facts.dump_python(fact, mode="json")))
                assert STREAM.facts.validate_python(stored) == fact
                state = STREAM.evolve(state, fact)
                said.append((fact, STREAM.to_wire(state, fact)))
        go.state = state  # type: ignore[attr-defined]
        return said

    return go


def about(said: list[tuple[Fact, Outgoing | None]]) -> list[tuple[str, str]]:
    return [(out.exchange, out.key) for _, out in said if out]


def assignment(task: str) -> dict[str, Any]:
    return {"assignment_id": f"{CASE}.{task}.1"}


def resolved() -> e.AssignmentResolved:
    outcome = {"task": "tax_clearance", "concluded_on": "2026-03-02", "owed_fen": 1200}
    return e.AssignmentResolved.model_validate(assignment("tax_clearance") | {"outcome": outcome})


def test_a_filing_leaves_as_one_routed_and_an_assignment_to_each_inbox(run: Any) -> None:
    said = run(received(filed()))
    assert about(said) == [
        ("evt", "case.routed.bankruptcy"),
        ("inbox", "housing.410526"),
        ("inbox", "tax.410526"),
    ]
    issued = said[-1][1].data
    assert isinstance(issued, e.AssignmentIssued)
    body = filed().model_dump(exclude={"case_id", "kind"})
    assert issued.case.model_dump() == body
    assert {out.correlation for _, out in said if out} == {CASE}


def test_a_report_is_passed_on_with_its_context_set_by_routing(run: Any) -> None:
    forged = {"case_id": "c" + "b" * 24, "kind": "bankruptcy", "division": "410500",
              "task": "retirement", "agency": "court", "office": "court.410500"}  # fmt: skip
    data = resolved().model_copy(update={"context": e.AssignmentContext.model_validate(forged)})
    said = run(received(filed()), received(data, "tax.410526"))
    out = said[-1][1]
    assert out.key == "assignment.resolved.bankruptcy"
    assert isinstance(out.data, e.AssignmentResolved)
    assert out.data.outcome == resolved().outcome
    context = out.data.context
    assert context is not None
    assert (context.case_id, context.office, context.agency) == (CASE, "tax.410526", "tax")
    assert context.project is not None
    assert context.project.name == "某小区"


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (e.AssignmentDelivered(**assignment("tax_clearance")), ["assignment.delivered"]),
        (e.AssignmentReceived(**assignment("tax_clearance"), by="张"), ["assignment.received"]),
        (e.AssignmentAccepted(**assignment("tax_clearance")), ["assignment.accepted"]),
        (
            e.AssignmentProgressed(**assignment("tax_clearance"), note="核对"),
            ["assignment.progressed"],
        ),
        (
            e.AssignmentReturned(**assignment("tax_clearance"), reason="不" * 4000),
            ["assignment.returned", "case.unroutable"],
        ),
        (
            e.AssignmentReturned(
                **assignment("tax_clearance"), reason="不属", better_office="tax.410500"
            ),
            ["assignment.returned", "case.routed", "tax.410500"],
        ),
        (
            e.AssignmentFailed(**assignment("tax_clearance"), error="boom"),
            ["assignment.failed", "case.escalated"],
        ),
        (resolved(), ["assignment.resolved"]),
    ],
)
def test_each_report_can_be_said(run: Any, data: e.AssignmentReport, keys: list[str]) -> None:
    said = run(received(filed()), received(data, "tax.410526"))
    assert [key.removesuffix(".bankruptcy") for _, key in about(said)[3:]] == keys


def test_overdue_reissue_and_closing_can_be_said(run: Any) -> None:
    need = {"needs": ["tax_clearance"]}
    ticks = [Tick(Timing(60, 1))] * 3
    said = run(
        received(filed(details=need)), *ticks, received(resolved(), "tax.410526")
    )  # fmt: skip
    assert [key for _, key in about(said)] == [
        "case.routed.bankruptcy", "tax.410526", "tax.410526", "case.escalated.bankruptcy",
        "assignment.resolved.bankruptcy", "case.closed.bankruptcy",
    ]  # fmt: skip
    first, again = (out.data for _, out in said if out and out.exchange == "inbox")
    assert first == again


@pytest.mark.parametrize(
    ("data", "office"),
    [
        (filed(), "tax.410526"),  # an office files nothing through its reports
        (e.AssignmentDelivered(**assignment("tax_clearance")), None),  # no office's queue
        (
            e.AssignmentOverdue.model_validate(
                assignment("tax_clearance") | {"what": "receipt", "due": "2026-03-02T10:00:00Z"}
            ),
            "tax.410526",  # the server's clock judges that
        ),
    ],
)
def test_what_a_sender_may_not_say_is_refused(
    book: Rulebook, data: e.Data, office: str | None
) -> None:
    with pytest.raises(RefusedError):
        build_read(lambda: book)(received(data, office))


def test_the_sender_is_the_queue_whatever_the_envelope_says(book: Rulebook) -> None:
    data = e.AssignmentDelivered(**assignment("tax_clearance"))
    work = build_read(lambda: book)(received(data, "tax.410526"))
    assert work is not None
    assert isinstance(work.input, Report)
    assert work.input.office == "tax.410526"
    assert work.cause is not None
    assert work.cause.source == "/offices/tax.410526"


def test_what_concerns_others_is_left_alone(book: Rulebook) -> None:
    assert build_read(lambda: book)(received(e.AccessRevoked(key_id="k"))) is None


def test_the_list_shows_where_a_case_is(run: Any) -> None:
    assert view(Case(CASE)) is None
    run(received(filed()), received(resolved(), "tax.410526"))
    shown = view(run.state)
    assert shown is not None
    assert shown["offices"] == ["housing.410526", "tax.410526"]
    assert shown["waiting"] == ["housing.410526"]
    assert (shown["state"], shown["desk"], shown["overdue"]) == ("open", False, False)
    assert "next_due" in shown


def test_the_status_names_who_it_waits_for_and_since_when(
    run: Any, book: Rulebook, now: datetime
) -> None:
    run(received(filed(details={"needs": ["tax_clearance", "financing"], "project": None})))
    shown = status(run.state, book, now + timedelta(seconds=90))
    waits = [(item["office"], item["zh"], item["seconds"]) for item in shown["waits_for"]]
    assert waits == [
        ("financial_regulation.410526", "滑县金融监管支局", 90),
        ("tax.410526", "滑县税务局", 90),
    ]
    assert shown["state"] == {"code": "open", "zh": "办理中", "en": "open"}
    assert [item["what"]["code"] for item in shown["history"]] == [
        "filed", "routed", "issued", "issued",
    ]  # fmt: skip
    assert all(issued.at == now for issued in run.state.history if isinstance(issued, Issued))


def test_the_status_names_the_liaison_desk_for_what_came_back(
    run: Any, book: Rulebook, now: datetime
) -> None:
    back = e.AssignmentReturned(**assignment("tax_clearance"), reason="不属本局")
    run(received(filed()), received(back, "tax.410526"))
    shown = status(run.state, book, now)
    assert ("liaison.410526", "tax_clearance", "returned") in [
        (item["office"], item["task"], item["what"]) for item in shown["waits_for"]
    ]
    assert shown["desk"][0]["why"]["zh"] == "已退回"


def test_explain_shows_the_decision_without_a_case(book: Rulebook) -> None:
    shown = explained(book, filing_of(filed()))
    assert [(item["task"], item["zh"]) for item in shown["assigned"]] == [
        ("housing_continuation", "滑县住房和城乡建设局"),
        ("tax_clearance", "滑县税务局"),
    ]
    assert shown["unrouted"] == []


FILE = {"attachment_id": "f" + "a" * 24, "name": "裁定书.pdf", "media_type": "application/pdf",
        "size": 10, "sha256": "0" * 64}  # fmt: skip
ONE = filed(details={"needs": ["tax_clearance"], "project": None})
ABOUT = {"case_id": CASE, "kind": "bankruptcy", "division": "410526"}
TAX = f"{CASE}.tax_clearance.1"


def said_of(said: list[tuple[Fact, Outgoing | None]], skip: int) -> list[tuple[str, str, e.Data]]:
    outs = [out for _, out in said[skip:] if out]
    assert not any(type(out.data).__name__ == "Raw" for out in outs)
    return [(out.exchange, out.key, out.data) for out in outs]  # type: ignore[misc]


def withdrawn() -> e.CaseWithdrawn:
    more = {"filer": "court.410526", "reason": "和解", "withdrawn_on": "2026-03-02", "by": "王某"}
    return e.CaseWithdrawn.model_validate(ABOUT | more)


def concluded(**more: Any) -> e.CaseConcluded:
    conclusion = {"kind": "bankruptcy", "concluded_on": "2026-03-02", "ended": "completed", **more}
    return e.CaseConcluded.model_validate(
        ABOUT | {"filer": "court.410526", "conclusion": conclusion}
    )


def asks(number: int = 1, question: str = "请补充账册") -> e.InformationRequested:
    return e.InformationRequested(assignment_id=TAX, request=number, question=question, by="张某")


def supplies(answer: str = "见附件") -> e.InformationSupplied:
    return e.InformationSupplied.model_validate(
        {"assignment_id": TAX, "request": 1, "answer": answer, "attachments": [FILE], "by": "王某"}
    )


def attached() -> e.CaseAttached:
    return e.CaseAttached.model_validate(ABOUT | {"attachment": FILE, "office": "court.410526"})


def test_a_withdrawal_recalls_on_evt_and_to_the_inbox_and_closes(run: Any) -> None:
    found = said_of(run(received(ONE), received(withdrawn())), 3)
    assert [(exchange, key) for exchange, key, _ in found] == [
        ("evt", "assignment.recalled.bankruptcy"), ("inbox", "tax.410526"),
        ("evt", "case.closed.bankruptcy"),
    ]  # fmt: skip
    told, sent, closed = (data for _, _, data in found)
    assert told == sent
    assert isinstance(told, e.AssignmentRecalled)
    assert (told.assignment_id, told.why, told.by) == (TAX, "withdrawn", "王某")
    assert isinstance(closed, e.CaseClosed)
    assert (closed.ending, closed.conclusion) == ("withdrawn", None)


def test_a_conclusion_closes_with_its_words(run: Any) -> None:
    given = concluded(note="终结")
    _, _, closed = said_of(run(received(ONE), received(given)), 3)[-1]
    assert isinstance(closed, e.CaseClosed)
    assert (closed.ending, closed.conclusion) == ("concluded", given.conclusion)


def test_a_question_is_passed_on_and_its_answer_goes_to_the_inbox_with_the_new_deadline(
    run: Any,
) -> None:
    said = run(received(ONE), received(asks(), "tax.410526"), received(supplies()))
    asked, answered = said_of(said, 3)
    assert asked[:2] == ("evt", "information.requested.bankruptcy")
    assert isinstance(asked[2], e.InformationRequested)
    assert (asked[2].question, asked[2].context is not None) == ("请补充账册", True)
    assert answered[:2] == ("inbox", "tax.410526")
    data = answered[2]
    assert isinstance(data, e.InformationSupplied)
    assert [item.name for item in data.attachments] == ["裁定书.pdf"]
    assert data.resolution_due == run.state.assignments[TAX].issue.resolution_due


def test_who_is_refused_hears_why_and_nothing_of_the_case(run: Any) -> None:
    said = run(received(ONE), received(resolved(), "tax.410500"))
    ((exchange, key, data),) = said_of(said, 3)
    assert (exchange, key) == ("inbox", "tax.410500")
    assert data == e.AssignmentRefused(
        assignment_id=TAX, said="assignment.resolved", message_id="i", field="assignment_id",
        error=f"{TAX} is not an assignment of tax.410500",
    )  # fmt: skip


def test_a_file_is_told_to_offices_at_work_and_goes_with_what_is_issued_later(
    run: Any, book: Rulebook
) -> None:
    move = Transfer("tax_clearance", "tax.410500", "市局管辖", book, "李某")
    found = said_of(run(received(ONE), received(attached()), move), 3)
    told, issued = found[0][2], found[-1][2]
    assert found[0][:2] == ("inbox", "tax.410526")
    assert isinstance(told, e.CaseAttached)
    assert (told.assignment_ids, told.office) == ((TAX,), "court.410526")
    assert isinstance(issued, e.AssignmentIssued)
    assert issued.attachments == (told.attachment,)


def test_a_step_is_passed_on_and_shown(run: Any, book: Rulebook, now: datetime) -> None:
    step = {"step": "mediation_round", "number": 1, "held_on": "2026-03-02"}
    details = {
        "kind": "administrative_dispute", "cause": "disclosure", "phase": "before",
        "respondent": "education.410526", "needs": ["administrative_mediation"],
    }  # fmt: skip
    dispute = ONE.model_dump(mode="json") | {"kind": details["kind"], "details": details}
    name = f"{CASE}.administrative_mediation.1"
    data = e.AssignmentProgressed.model_validate(
        {"assignment_id": name, "note": "第一轮", "step": step}
    )
    filing = received(e.CaseFiled.model_validate(dispute))
    office = run(filing)[-1][1].key
    said = run(filing, received(data, office))
    assert said[-1][1].data.step == data.step
    assert status(run.state, book, now)["history"][-1]["step"]["step"] == step["step"]


def test_a_deadline_that_is_near_can_be_said(run: Any) -> None:
    said = run(received(ONE), *[Tick(Timing(10**9, 1))] * 40)
    (near,) = [out.data for _, out in said if out and "due_soon" in out.key]
    assert isinstance(near, e.AssignmentDueSoon)
    assert near.what == "receipt"


def test_a_kind_ends_with_its_filers_word_where_the_contract_says_so() -> None:
    for kind in Kind:
        data = filed().model_copy(update={"kind": kind})
        assert filing_of(data).concluded_by_filer is (kind in CONCLUDED_BY_FILER)


def test_the_status_shows_a_question_a_recall_and_the_end(
    run: Any, book: Rulebook, now: datetime
) -> None:
    run(received(ONE), received(asks(), "tax.410526"))
    shown = status(run.state, book, now)
    assert [(item["office"], item["what"]) for item in shown["waits_for"]] == [
        ("court.410526", "information")
    ]
    assert shown["assignments"][0]["state"]["zh"] == "待补充材料"
    assert shown["assignments"][0]["requests"][0]["question"] == "请补充账册"
    assert view(run.state)["waiting"] == ["court.410526"]  # type: ignore[index]
    run(received(ONE), Recall(TAX, "误派", book, "李某"), received(withdrawn()))
    shown = status(run.state, book, now)
    assert (shown["ending"]["zh"], shown["waits_for"]) == ("已撤回", [])
    history = [(item["what"]["code"], item["reason"], item["by"]) for item in shown["history"]]
    assert history[3:] == [
        ("recalled", "误派", "李某"), ("unroutable", None, None),
        ("withdrawn", "和解", "王某"), ("closed", None, None),
    ]  # fmt: skip


def test_the_status_shows_what_was_refused_and_why(run: Any, book: Rulebook, now: datetime) -> None:
    run(received(ONE), received(resolved(), "tax.410500"))
    entry = status(run.state, book, now)["history"][-1]
    assert (entry["what"]["zh"], entry["office"]["office"]) == ("不予采纳", "tax.410500")
    assert entry["text"].startswith("assignment.resolved：")
    assert entry["field"] == "assignment_id"


def test_the_list_shows_the_end_and_what_waits_at_the_desk(run: Any, book: Rulebook) -> None:
    run(received(ONE), Recall(TAX, "误派", book, "李某"))
    shown = view(run.state)
    assert shown is not None
    (item,) = shown["desk_items"]
    assert (item["task"], item["why"], item["agencies"]) == ("tax_clearance", "recalled", ["tax"])
    assert shown["desk_since"] == item["since"]
    run(received(ONE), received(withdrawn()))
    shown = view(run.state)
    assert shown is not None
    assert "desk_since" not in shown
    assert (shown["ending"], shown["ended_at"]) == ("withdrawn", run.state.closed.at)


INSTRUCTION = {
    "instruction_id": "i" + "a" * 24, "number": "滑府批〔2026〕3号", "division": "410526",
    "office": "tax.410526", "due_on": "2026-03-09",
}  # fmt: skip
ISSUED = {"text": "一周内办结", "issued_by": "县长", "issued_on": "2026-03-02"}
CLOSED = {"result": "已办结", "closed_on": "2026-03-06", "in_time": True}


@pytest.mark.parametrize(
    ("form", "said", "standing"),
    [
        (e.InstructionIssued, ISSUED, "issued"),
        (e.InstructionOverdue, {}, "overdue"),
        (e.InstructionClosed, CLOSED, "closed"),
    ],
)
def test_an_instruction_about_a_case_is_heard_and_about_none_ignored(
    run: Any, book: Rulebook, form: type[e.InstructionData], said: Any, standing: str
) -> None:
    data = form.model_validate(INSTRUCTION | said | {"case_id": CASE})
    (*_, (fact, outgoing)) = run(received(filed()), received(data))
    assert (fact.type, fact.standing, fact.number) == ("instructed", standing, "滑府批〔2026〕3号")
    assert outgoing is None, "routing sends it to nobody: the liaison room does"
    assert build_read(lambda: book)(received(form.model_validate(INSTRUCTION | said))) is None
    shown = status(run.state, book, fact.at)
    assert [item["state"]["code"] for item in shown["instructions"]] == [standing]


def test_an_urge_and_a_rise_leave_with_what_they_are_about(run: Any) -> None:
    said = run(received(filed()), Tick(Timing()))
    assert all(fact.type != "urged" for fact, _ in said)
    name = f"{CASE}.tax_clearance.1"
    said = run(received(filed()), Urge(name, "请尽快", "李某", "liaison.410526"))
    (_, urged), (_, sent) = said[-2:]
    assert (urged.exchange, urged.key) == ("evt", "assignment.urged.bankruptcy")
    assert (sent.exchange, sent.key) == ("inbox", "tax.410526")
    assert urged.data == sent.data
    assert isinstance(urged.data, e.AssignmentUrged)
    assert (urged.data.number, urged.data.reason, urged.data.by) == (1, "请尽快", "李某")
    assert urged.data.context is not None
    assert urged.data.context.office == "tax.410526"


def test_a_rise_says_how_far(book: Rulebook, now: datetime) -> None:
    state = Case(CASE)
    said = []
    for given_, later in ((File(filing_of(filed()), book), 0), (Tick(Timing()), 200)):
        for fact in STREAM.decide(state, given_, now + timedelta(days=later)):
            state = STREAM.evolve(state, fact)
            outgoing = STREAM.to_wire(state, fact)
            if outgoing and isinstance(outgoing.data, e.CaseEscalated):
                said.append((outgoing.data.why, outgoing.data.level, outgoing.data.assignment_id))
    name = f"{CASE}.tax_clearance.1"
    assert [item for item in said if item[2] == name] == [
        ("overdue", "county", name), ("overdue", "city", name), ("overdue", "conference", name),
    ]  # fmt: skip
