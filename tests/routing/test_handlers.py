import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from fuyuan_contracts import events as e
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.ids import case_id
from services.routing.facts import Fact, Issued
from services.routing.handlers import STREAM, build_read, filing_of, view
from services.routing.model import Case, File, Report, Tick
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

    def go(*messages: Received | Tick) -> list[tuple[Fact, Outgoing | None]]:
        read, state, said = build_read(lambda: book), Case(CASE), []
        for hour, message in enumerate(messages):
            moment = now + timedelta(hours=hour)
            work = read(message) if isinstance(message, Received) else None
            given = work.input if work else message
            assert isinstance(given, File | Report | Tick)
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
        ("financial_regulation.410500", "安阳金融监管分局", 90),
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
