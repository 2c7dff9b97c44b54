"""What an office is told of its assignments: recalls, refusals, answers, files, like cases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from fuyuan_contracts.ids import event_id
from services.agencies import model as m
from services.agencies.handlers import STREAM, view
from services.agencies.rules import allowed
from services.agencies.views import document
from services.runtime.domain import NotYetError, RefusedError

OFFICE = "tax.410526"
OWED = {"task": "tax_clearance", "concluded_on": "2026-03-04", "result": "done", "owed_fen": 5}
CODE = {"debtor": {"name": "某公司", "credit_code": "91410500MA40A2B3XF"}}
AUTO = m.Policy(receive=True, accept=True, outcome={"task": "tax_clearance", "result": "done",
                                                    "owed_fen": 0})  # fmt: skip
ACCEPT, NOTE = m.Accept(OFFICE, "王"), m.Progress(OFFICE, "王", "已调取")
ASK, RESOLVE = m.Ask(OFFICE, "王", "缺少账册"), m.Resolve(OFFICE, "王", OWED)
RETURN = m.Return(OFFICE, "王", "不属本局")
RECALL = m.Recall(OFFICE, "withdrawn", "申请人撤回", "李")
FILE = {"attachment_id": "f" + "a" * 24, "name": "账册.pdf", "media_type": "application/pdf",
        "size": 3, "sha256": "0" * 64}  # fmt: skip
OTHER_FILE = FILE | {"attachment_id": "f" + "b" * 24}
ATTACH = m.Attach(OFFICE, FILE)
ALIKE = {"alike": "party", "what": "某公司", "size": 3, "window_days": 30, "since": "2026-02-20",
         "cases": []}  # fmt: skip
CLUSTER = m.Cluster(OFFICE, (ALIKE,))
OTHER_CASE = {"other": "c" + "b" * 24, "relation": "same_party", "reason": "同一集团", "side": "to"}
LINK = m.Link(OFFICE, OTHER_CASE)
DUE = datetime(2026, 3, 4, 10, tzinfo=UTC)
URGE = m.Urge(OFFICE, 1, "receipt", DUE)
BY_HAND = m.Urge(OFFICE, 2, "resolution", DUE, "请尽快", "李")
INSTRUCT = m.Instruct(OFFICE, {"instruction_id": "i" + "a" * 24, "number": "滑府批〔2026〕3号",
                               "text": "一周内办结", "due_on": "2026-03-10"})  # fmt: skip


def play(
    given: Any, now: datetime, *inputs: m.Input, issue: bool = True
) -> tuple[m.Assignment, list[m.Fact]]:
    """Decide in turn; what is refused changes nothing."""
    made = given(**CODE)
    state = STREAM.initial(made.assignment_id)
    facts: list[m.Fact] = []
    for number, told in enumerate([*([m.Issue(made, OFFICE)] if issue else []), *inputs]):
        try:
            new = STREAM.decide(state, told, now + timedelta(minutes=number))
        except (RefusedError, NotYetError):
            continue
        facts += new
        state = reduce(STREAM.evolve, new, state)
    return state, facts


def refusal(state: m.Assignment, number: int, said: str = "assignment.resolved") -> m.Refuse:
    """Refuse the message that the fact of this number left as."""
    message = event_id(f"/offices/{OFFICE}", state.id, number)
    return m.Refuse(OFFICE, said, message, "was decided otherwise", "outcome.owed_fen")


def supply(due: datetime, request: int = 1) -> m.Supply:
    return m.Supply(OFFICE, request, "见附件", (FILE,), due)


SUPPLY = supply(datetime(2026, 4, 1, tzinfo=UTC))


@pytest.mark.parametrize("before", [[], [ACCEPT], [NOTE], [ASK], [RESOLVE], [RETURN]])
@pytest.mark.parametrize("act", [ACCEPT, NOTE, ASK, RETURN, RESOLVE])
def test_after_a_recall_every_act_is_refused_with_the_reason(
    given: Any, now: datetime, before: list[m.Input], act: m.Act
) -> None:
    state, _ = play(given, now, *before, RECALL)
    assert (state.state, allowed(state)) == ("recalled", [])
    with pytest.raises(RefusedError, match="withdrawn: 申请人撤回") as refused:
        STREAM.decide(state, act, now)
    assert refused.value.field is None
    shown = document(state, now, may_act=True)
    assert (shown["state_zh"], shown["overdue"], shown["next"]) == ("已撤回", None, [])
    assert shown["recalled"]["why"] == "withdrawn"
    assert shown["history"][-1]["zh"] == "撤回交办"


def test_a_recall_that_overtakes_its_assignment_is_kept_and_the_policy_does_nothing(
    given: Any, now: datetime
) -> None:
    made = given(**CODE)
    state, facts = play(given, now, RECALL, m.Issue(made, OFFICE, AUTO), issue=False)
    assert [fact.type for fact in facts] == ["recalled", "delivered"]
    assert (state.stage, state.is_open) == (m.Stage.RECALLED, False)


def test_news_of_an_assignment_not_here_yet_is_listed_nowhere_and_counts_once_it_is(
    given: Any, now: datetime
) -> None:
    early, facts = play(given, now, ATTACH, CLUSTER, issue=False)
    assert len(facts) == 2
    assert view(early) is None
    with pytest.raises(NotYetError):
        STREAM.decide(early, ACCEPT, now)
    state, _ = play(given, now, ATTACH, CLUSTER, m.Issue(given(**CODE), OFFICE), issue=False)
    assert (state.stage, state.attachments, state.clusters) == ("delivered", (FILE,), (ALIKE,))


@pytest.mark.parametrize("told", [RECALL, ATTACH, CLUSTER, SUPPLY, LINK])
def test_news_in_another_offices_inbox_is_refused(given: Any, now: datetime, told: m.Told) -> None:
    state, _ = play(given, now)
    with pytest.raises(RefusedError, match=r"inbox of tax\.410500"):
        STREAM.decide(state, replace(told, inbox="tax.410500"), now)


@pytest.mark.parametrize(
    ("acts", "number", "left"),
    [
        ([RESOLVE], 4, ("accepted", "resolve")),
        ([ACCEPT, RETURN], 4, ("accepted", "return")),
        ([ACCEPT], 3, ("received", "accept")),
        ([NOTE], 4, ("accepted", "progress")),
        ([ASK], 3, ("received", "information")),
    ],
)
def test_what_was_refused_does_not_count_and_can_be_said_again(
    given: Any, now: datetime, acts: list[m.Act], number: int, left: tuple[str, str]
) -> None:
    state, facts = play(given, now, *acts)
    assert len(facts) == number
    after, _ = play(given, now, *acts, refusal(state, number))
    assert after.state == left[0]
    assert left[1] in allowed(after)
    again = STREAM.decide(after, acts[-1], now)
    assert [fact.type for fact in again] == [facts[-1].type]
    shown = document(after, now, may_act=True)
    assert shown["history"][-1]["refused"]["error"] == "was decided otherwise"
    assert not any("refused" in act for act in shown["history"][:-1])
    assert [item["field"] for item in shown["refused"]] == ["outcome.owed_fen"]


def test_the_question_after_a_refused_one_has_its_number(given: Any, now: datetime) -> None:
    state, _ = play(given, now, ASK)
    other = replace(ASK, question="缺少公章")
    after, facts = play(given, now, ASK, refusal(state, 3), other)
    assert isinstance(facts[-1], m.Requested)
    assert facts[-1].request == 1
    assert [item.question for item in after.requests] == ["缺少公章"]


def test_a_refusal_of_what_is_not_known_here_is_shown_and_marks_nothing(
    given: Any, now: datetime
) -> None:
    lost = m.Refuse(OFFICE, "assignment.resolved", "nobody's", "unknown")
    state, _ = play(given, now, RESOLVE, lost)
    assert state.state == "resolved"
    shown = document(state, now, may_act=True)
    assert [item["said_zh"] for item in shown["refused"]] == ["办结"]
    assert not any("refused" in act for act in shown["history"])


def test_a_question_stops_the_clock_until_the_answer_moves_it(given: Any, now: datetime) -> None:
    made = given(**CODE)
    late = made.resolution_due + timedelta(days=1)
    waiting, _ = play(given, now, ASK)
    assert (waiting.state, waiting.is_open) == ("waiting_information", True)
    assert "information" not in allowed(waiting)
    shown = document(waiting, late, may_act=True)
    assert (shown["overdue"], shown["requests"][0]["answer"]) == (None, None)
    due = made.resolution_due + timedelta(days=9)
    state, _ = play(given, now, ASK, supply(due))
    assert (state.state, state.attachments) == ("received", (FILE,))
    shown = document(state, late, may_act=True)
    assert (shown["resolution_due"], shown["overdue"]) == (due, None)
    assert shown["requests"][0]["answer"] == "见附件"
    assert "information" in shown["next"]
    assert document(state, due + timedelta(days=1), may_act=True)["overdue"] == "resolution"


def test_the_next_question_is_counted_on(given: Any, now: datetime) -> None:
    due = now + timedelta(days=9)
    state, facts = play(given, now, ASK, supply(due), ASK)
    assert [fact.request for fact in facts if isinstance(fact, m.Requested)] == [1, 2]
    assert state.state == "waiting_information"
    asked = STREAM.decide(state, ASK, now)
    assert asked == (), "the same question while it is open is the same one"


def test_files_are_listed_once_and_clusters_as_last_heard(given: Any, now: datetime) -> None:
    made = replace(given(**CODE), attachments=(FILE,))
    grown = ALIKE | {"size": 5}
    inputs: list[m.Input] = [m.Issue(made, OFFICE), ATTACH, m.Attach(OFFICE, OTHER_FILE), CLUSTER,
              m.Cluster(OFFICE, (ALIKE, grown))]  # fmt: skip
    state, _ = play(given, now, *inputs, issue=False)
    assert {item["attachment_id"] for item in state.attachments} == {
        FILE["attachment_id"],
        OTHER_FILE["attachment_id"],
    }
    shown = document(state, now, may_act=True)
    (cluster,) = shown["clusters"]
    assert cluster["zh"] == "类案：30日内同一当事人“某公司”已有5件"
    assert "the same party" in cluster["en"]
    listed = view(state)
    assert listed
    assert (listed["attachments"], listed["clusters"], listed["refused"]) == (2, 1, 0)


def test_a_linked_case_is_shown_by_its_id_and_why_once(given: Any, now: datetime) -> None:
    state, facts = play(given, now, LINK, LINK)
    assert [fact.type for fact in facts] == ["delivered", "linked"]
    (link,) = document(state, now, may_act=True)["links"]
    assert link["zh"] == f"关联案件（同一当事人）：{OTHER_CASE['other']}"
    assert (link["other"], link["reason"]) == (OTHER_CASE["other"], "同一集团")
    listed = view(state)
    assert listed
    assert listed["links"] == 1


NEWS: list[m.Input] = [RECALL, ATTACH, CLUSTER, SUPPLY, LINK, ASK, ACCEPT, RESOLVE]


@settings(max_examples=100, deadline=None)
@for_all(st.lists(st.sampled_from(NEWS), max_size=8), st.sampled_from(NEWS[:5]))
def test_the_same_news_again_changes_nothing(
    given: Any, now: datetime, before: Sequence[m.Input], told: m.Input
) -> None:
    state, _ = play(given, now, *before, told)
    assert STREAM.decide(state, told, now) == ()


@settings(max_examples=100, deadline=None)
@for_all(st.lists(st.sampled_from(NEWS), max_size=8))
def test_a_recalled_assignment_stays_recalled(
    given: Any, now: datetime, after: Sequence[m.Input]
) -> None:
    state, facts = play(given, now, RECALL, *after)
    assert state.stage is m.Stage.RECALLED
    said = {"received", "accepted", "progressed", "requested", "returned", "resolved"}
    assert not said & {fact.type for fact in facts}


@pytest.mark.parametrize("issue", [True, False], ids=["there", "overtaken"])
def test_urges_and_instructions_are_shown_once_and_change_nothing(
    given: Any, now: datetime, *, issue: bool
) -> None:
    told = (URGE, BY_HAND, URGE, INSTRUCT, INSTRUCT)
    state, facts = play(given, now, *told, issue=issue)
    news = [fact.type for fact in facts if fact.type != "delivered"]
    assert news == ["urged", "urged", "instructed"]
    if not issue:
        state = reduce(
            STREAM.evolve, STREAM.decide(state, m.Issue(given(**CODE), OFFICE), now), state
        )
    assert state.stage is m.Stage.DELIVERED
    shown = document(state, now, may_act=True)
    assert [(item["number"], item["zh"], item["reason"]) for item in shown["urged"]] == [
        (1, "第1次催办：请尽快签收", None), (2, "第2次催办：请尽快办结", "请尽快"),
    ]  # fmt: skip
    assert [item["number"] for item in shown["instructions"]] == ["滑府批〔2026〕3号"]
    row = view(state)
    assert row is not None
    assert (row["urged"], row["instructions"]) == (2, 1)
    assert allowed(state) == allowed(play(given, now)[0])


def test_news_of_another_offices_assignment_is_refused(given: Any, now: datetime) -> None:
    _, facts = play(given, now, replace(URGE, inbox="tax.410500"))
    assert [fact.type for fact in facts] == ["delivered"]
