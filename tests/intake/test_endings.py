"""The filer's and the offices' further words about a case, as tables of pure decisions."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.intake import facts as f
from services.intake import handlers, information, rules
from services.intake import model as m
from services.intake.evolving import evolve
from services.runtime.domain import NotYetError, RefusedError
from tests.intake.test_rules import ASK, CASE, FILING, NOW, TAX, facts, run

A1 = f"{CASE}.tax_clearance.1"
FILE1 = f.Attachment("f" + "a" * 24, "证据.pdf", "application/pdf", 9, "0" * 64)
FILE2 = replace(FILE1, id="f" + "b" * 24)
FILED = m.File(FILING)
WITHDRAW = m.Withdraw("申请人撤回", "某人")
CONCLUSION = {"kind": "bankruptcy", "concluded_on": "2024-09-05", "ended": "completed"}
CONCLUDE = m.Conclude(CONCLUSION, "某人")
CLOSE = m.Close(date(2024, 9, 6))
REQUEST = m.Ask(f.Request(A1, "tax_clearance", 1, 1, "请补充账册", NOW, "tax.410500"))
ANSWER = m.Answer(A1, 1, "见附件", (FILE1.id,), "某人")
ATTACH = m.Attach(FILE1, "stored-1", 2, "court.410500", "某人")
OPEN = m.Open(FILE1.id, "tax.410500", "李某", "k1")
PLACE = m.Place((TAX,))
RELEASE = m.Release("tax_clearance", 1)


def test_a_withdrawal_carries_the_business_day() -> None:
    assert facts(run(FILED), WITHDRAW) == [f.Withdrawn("申请人撤回", date(2024, 9, 6), "某人", NOW)]


@pytest.mark.parametrize(
    ("history", "given_"),
    [
        ([FILED, WITHDRAW], WITHDRAW),
        ([FILED, WITHDRAW], replace(WITHDRAW, by="别人")),
        ([FILED, WITHDRAW, CLOSE], WITHDRAW),
        ([FILED, CONCLUDE], CONCLUDE),
        ([FILED, CONCLUDE, CLOSE], CONCLUDE),
        ([FILED, REQUEST], REQUEST),
        ([FILED, REQUEST], m.Ask(replace(REQUEST.request, question="另问"))),
        ([FILED, ATTACH, REQUEST, ANSWER], ANSWER),
        ([FILED, ATTACH, REQUEST, ANSWER, WITHDRAW], ANSWER),
        ([FILED, ATTACH], replace(ATTACH, stored="stored-2", most=1)),
        ([FILED, ATTACH, CLOSE], ATTACH),
        ([FILED, RELEASE], RELEASE),
    ],
)
def test_the_same_said_again_gives_nothing(history: list[m.Input], given_: m.Input) -> None:
    assert list(facts(run(*history), given_)) == []


OTHER_END = m.Conclude(CONCLUSION | {"ended": "terminated"})


@pytest.mark.parametrize(
    ("history", "given_", "said"),
    [
        ([WITHDRAW], m.Withdraw("别的"), {"reason": "申请人撤回"}),
        ([WITHDRAW], CONCLUDE, {"reason": "申请人撤回"}),
        ([CONCLUDE], WITHDRAW, {f"conclusion.{k}": v for k, v in CONCLUSION.items()}),
        ([CONCLUDE], OTHER_END, {f"conclusion.{k}": v for k, v in CONCLUSION.items()}),
        ([CLOSE], WITHDRAW, {"closed_on": "2024-09-06"}),
        ([CLOSE], CONCLUDE, {"closed_on": "2024-09-06"}),
        ([WITHDRAW], ATTACH, {"reason": "申请人撤回"}),
        ([ATTACH, REQUEST, CLOSE], ANSWER, {"closed_on": "2024-09-06"}),
        ([ATTACH, REQUEST, ANSWER], replace(ANSWER, answer="另答"),
         {"answer": "见附件", "attachments": FILE1.id}),
        ([ATTACH, REQUEST, ANSWER], replace(ANSWER, attachments=()),
         {"answer": "见附件", "attachments": FILE1.id}),
    ],
)  # fmt: skip
def test_other_words_or_words_after_the_end_are_told_what_stands(
    history: list[m.Input], given_: m.Input, said: dict[str, str]
) -> None:
    with pytest.raises(m.SaidBeforeError) as caught:
        facts(run(FILED, *history), given_)
    assert caught.value.said == said


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "stalled_project"}, "conclusion.kind"),
        ({"concluded_on": "2024-09-07"}, "conclusion.concluded_on"),
        ({"concluded_on": "2024-08-31"}, "conclusion.concluded_on"),
    ],
)
def test_a_conclusion_that_cant_be_this_cases_is_refused_by_field(
    change: dict[str, str], field: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        facts(run(FILED), m.Conclude(CONCLUSION | change))
    assert caught.value.field == field


@pytest.mark.parametrize("day", ["2024-09-01", "2024-09-06"])
def test_a_case_may_end_on_the_day_it_was_filed_or_today(day: str) -> None:
    assert facts(run(FILED), m.Conclude(CONCLUSION | {"concluded_on": day}))


@pytest.mark.parametrize("given_", [WITHDRAW, CONCLUDE, REQUEST, ANSWER, ATTACH, OPEN, RELEASE])
def test_what_is_said_of_an_unknown_case_is_not_yet(given_: m.Input) -> None:
    with pytest.raises(NotYetError):
        facts(rules.initial(CASE), given_)


@pytest.mark.parametrize(
    ("history", "given_"),
    [
        ([FILED, ATTACH], ANSWER),
        ([FILED, ATTACH, REQUEST], replace(ANSWER, request=2)),
        ([FILED, PLACE], OPEN),
    ],
)
def test_an_unknown_request_or_file_is_not_found(history: list[m.Input], given_: m.Input) -> None:
    with pytest.raises(NotYetError):
        facts(run(*history), given_)


def test_an_answer_names_only_files_of_its_case() -> None:
    with pytest.raises(RefusedError) as caught:
        facts(run(FILED, ATTACH, REQUEST), replace(ANSWER, attachments=(FILE1.id, FILE2.id)))
    assert caught.value.field == "attachments.1"


def test_nobody_waits_for_an_answer_once_the_assignment_is_gone() -> None:
    state = run(FILED, ATTACH, REQUEST, RELEASE)
    with pytest.raises(RefusedError):
        facts(state, ANSWER)
    assert isinstance(state, m.Case)
    assert information.stands(state, (A1, 1)) == "void"


@pytest.mark.parametrize(
    ("history", "stands"),
    [([], "open"), ([ANSWER], "answered"), ([WITHDRAW], "void"), ([ANSWER, CLOSE], "answered")],
)
def test_where_a_request_stands(history: list[m.Input], stands: str) -> None:
    state = run(FILED, ATTACH, REQUEST, *history)
    assert isinstance(state, m.Case)
    assert information.stands(state, (A1, 1)) == stands


@pytest.mark.parametrize(
    ("history", "office", "may"),
    [
        ([], "court.410500", True),
        ([], "tax.410500", False),
        ([PLACE], "tax.410500", True),
        ([PLACE], "tax.410526", False),
        ([PLACE, RELEASE], "tax.410500", False),
        ([RELEASE, PLACE], "tax.410500", False),
        ([PLACE, RELEASE, m.Place((replace(TAX, round=2),))], "tax.410500", True),
        ([], None, True),
    ],
)
def test_who_may_add_a_file(history: list[m.Input], office: str | None, *, may: bool) -> None:
    state, given_ = run(FILED, *history), replace(ATTACH, office=office)
    if may:
        assert facts(state, given_)
    else:
        with pytest.raises(m.NotEntitledError):
            facts(state, given_)


@pytest.mark.parametrize("gone", [RELEASE, CLOSE, WITHDRAW, CONCLUDE])
@pytest.mark.parametrize("given_", [OPEN, ASK])
def test_an_office_reads_nothing_once_its_task_is_gone(gone: m.Input, given_: m.Input) -> None:
    assert facts(run(FILED, ATTACH, PLACE), given_)
    with pytest.raises(m.NotEntitledError):
        facts(run(FILED, ATTACH, PLACE, gone), given_)


def test_the_liaison_office_reads_files_of_a_case_that_is_over_too() -> None:
    assert facts(run(FILED, ATTACH, CLOSE), replace(OPEN, office=None))


def test_a_case_has_so_many_files_and_no_more() -> None:
    full = run(FILED, ATTACH, replace(ATTACH, attachment=FILE2))
    third = replace(ATTACH, attachment=replace(FILE1, id="f" + "c" * 24))
    with pytest.raises(RefusedError):
        facts(full, third)
    assert facts(full, replace(third, most=3))


@pytest.mark.parametrize(
    ("history", "given_", "key", "said"),
    [
        ([FILED], WITHDRAW, "case.withdrawn.bankruptcy",
         {"filer": "court.410500", "reason": "申请人撤回", "withdrawn_on": "2024-09-06"}),
        ([FILED], CONCLUDE, "case.concluded.bankruptcy",
         {"division": "410500", "conclusion": CONCLUSION | {"note": None}}),
        ([FILED], ATTACH, "case.attached.bankruptcy", {"office": "court.410500", "by": "某人"}),
        ([FILED, ATTACH, REQUEST], ANSWER, "information.supplied.bankruptcy",
         {"assignment_id": A1, "request": 1, "answer": "见附件"}),
        ([FILED], REQUEST, None, {}),
        ([FILED, PLACE], RELEASE, None, {}),
        ([FILED, ATTACH, PLACE], OPEN, None, {}),
    ],
)  # fmt: skip
def test_what_the_others_are_told(
    history: list[m.Input], given_: m.Input, key: str | None, said: dict[str, Any]
) -> None:
    state = run(*history)
    (fact,) = facts(state, given_)
    outgoing = handlers.to_wire(evolve(state, fact), fact)
    if key is None:
        assert outgoing is None
        return
    assert outgoing is not None
    assert outgoing.key == key
    data = outgoing.data.model_dump(mode="json")  # type: ignore[union-attr]
    assert {name: data[name] for name in said} == said
    if "attachments" in data:
        assert [item["sha256"] for item in data["attachments"]] == [FILE1.sha256]


def inputs() -> st.SearchStrategy[m.Input]:
    chosen: list[m.Input] = [
        WITHDRAW, m.Withdraw("别的"), CONCLUDE, OTHER_END, CLOSE, REQUEST, ANSWER,
        replace(ANSWER, answer="另答"), ATTACH, replace(ATTACH, attachment=FILE2), PLACE, RELEASE,
        OPEN, ASK,
    ]  # fmt: skip
    return st.sampled_from(chosen)


@given(st.lists(inputs(), max_size=15))
def test_a_case_ends_once_and_all_of_it_survives_storage(given_: list[m.Input]) -> None:
    stored: TypeAdapter[f.Fact] = TypeAdapter(f.Fact)
    state = replayed = run(FILED)
    kept: list[f.Fact] = []
    for number, item in enumerate(given_):
        try:
            decided = rules.decide(state, item, NOW + timedelta(seconds=number))
        except (RefusedError, NotYetError):
            continue
        for fact in decided:
            state = evolve(state, fact)
            again = stored.validate_python(stored.dump_python(fact, mode="json"))
            replayed = evolve(replayed, again)
            kept.append(fact)
    assert replayed == state
    assert sum(isinstance(fact, f.Withdrawn | f.Concluded) for fact in kept) <= 1
    ended = [n for n, fact in enumerate(kept) if isinstance(fact, f.Withdrawn | f.Concluded)]
    after = kept[ended[0] + 1 :] if ended else []
    assert not any(isinstance(fact, f.Attached | f.Answered | f.Disclosed) for fact in after)
