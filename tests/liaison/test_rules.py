"""What the liaison office decides, as tables and for all ways things may come."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.liaison import facts as f
from services.liaison import model as m
from services.liaison.instructing import due_at, first_in_time
from services.liaison.parts import Expense, Order
from services.liaison.rules import decide, evolve, initial
from services.runtime.domain import RefusedError

NOW = datetime(2024, 3, 1, 2, tzinfo=UTC)
ID = "i" + "a" * 24
DEFENDANT = m.LOSSES + "tax.410526"


def play(state: m.State, given_: m.Input, now: datetime = NOW) -> tuple[m.State, list[f.Fact]]:
    facts = list(decide(state, given_, now))
    for fact in facts:
        state = evolve(state, fact)
    return state, facts


def order(due_on: date = date(2024, 3, 15)) -> Order:
    return Order(
        "3号", "410500", "tax.410526", "限期办结", "市长", date(2024, 3, 1), due_on
    )  # fmt: skip


@pytest.mark.parametrize(
    ("closed_at", "in_time"),
    [
        ("2024-03-15T09:59:59+00:00", True),
        ("2024-03-15T10:00:00+00:00", True),  # 18:00 in Shanghai
        ("2024-03-15T10:00:00.001+00:00", False),
        ("2024-03-16T01:00:00+00:00", False),
        ("2024-03-02T01:00:00+00:00", True),
    ],
)
def test_in_time_is_until_the_end_of_its_day_by_the_clock(closed_at: str, *, in_time: bool) -> None:
    state, _ = play(initial(ID), m.Issue(order()))
    now = datetime.fromisoformat(closed_at)
    _, facts = play(state, m.Close("办结", date(2024, 3, 1)), now)
    assert [fact.type for fact in facts] == [
        *([] if in_time else ["instruction_overdue"]), "instruction_closed"
    ]  # fmt: skip
    assert isinstance(facts[-1], f.Closed)
    assert facts[-1].in_time is in_time


@given(st.integers(0, 100 * 366 * 86_400).map(lambda after: NOW + timedelta(seconds=after)))
def test_the_first_day_in_time_is_the_first_whose_end_has_not_passed(now: datetime) -> None:
    first = first_in_time(now)
    assert due_at(first - timedelta(days=1)) < now <= due_at(first)


class AnInstruction(RuleBasedStateMachine):
    """Ticks, repeats and closings in any order, on a clock that only moves on."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.facts = NOW, list[f.Fact]()
        self.state: m.State = initial(ID)
        self.do(m.Issue(order()))

    def do(self, given_: m.Input) -> None:
        self.state, facts = play(self.state, given_, self.now)
        self.facts += facts

    @rule(hours=st.integers(0, 24 * 20))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def tick(self) -> None:
        self.do(m.Tick())

    @rule()
    def issue_again(self) -> None:
        self.do(m.Issue(order(), by="别人"))

    @rule(result=st.sampled_from(["甲", "乙"]))
    def close(self, result: str) -> None:
        if any(isinstance(fact, f.Closed) and fact.result != result for fact in self.facts):
            with pytest.raises(m.DiffersError) as refused:
                self.do(m.Close(result, date(2024, 3, 1)))
            assert refused.value.fields == ("result",)
        else:
            self.do(m.Close(result, date(2024, 3, 1)))

    @invariant()
    def each_is_said_once_and_late_means_overdue(self) -> None:
        said = [fact.type for fact in self.facts]
        assert len(said) == len(set(said))
        closed = next((fact for fact in self.facts if isinstance(fact, f.Closed)), None)
        overdue = next((fact for fact in self.facts if isinstance(fact, f.Overdue)), None)
        if closed:
            assert closed.in_time is (overdue is None)
        if overdue:
            assert overdue.at > due_at(date(2024, 3, 15))


AnInstruction.TestCase.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
TestAnInstruction = AnInstruction.TestCase


@pytest.mark.parametrize(
    ("earlier", "later", "recurrent"),
    [
        (("c1", ("程序违法",), "2024-01-05"), ("c2", ("程序违法",), "2024-02-05"), True),
        (("c1", ("程序 违法",), "2024-01-05"), ("c2", ("x", "程序违法 "), "2024-01-05"), True),
        (("c1", ("证据不足",), "2024-01-05"), ("c2", ("程序违法",), "2024-02-05"), False),
        (("c1", ("程序违法",), "2024-03-05"), ("c2", ("程序违法",), "2024-02-05"), False),
        (("c1", ("程序违法",), "2024-01-05"), ("c1", ("程序违法",), "2024-02-05"), False),
    ],
)
def test_a_cause_comes_back_where_another_loss_had_it_before(
    earlier: tuple[str, tuple[str, ...], str],
    later: tuple[str, tuple[str, ...], str],
    *,
    recurrent: bool,
) -> None:
    state = initial(DEFENDANT)
    for meeting, (case, causes, on) in (("m1", earlier), ("m2", later)):
        note = m.Note(meeting, case, causes, date.fromisoformat(on))
        state, facts = play(state, note)
        assert play(state, note)[1] == []
    assert isinstance(facts[0], f.Noted)
    assert facts[0].recurrent is recurrent


ENTRIES = st.tuples(
    st.sampled_from("甲乙丙丁"), st.integers(1, 80), st.sampled_from([None, "甲", "乙"])
)


@given(st.lists(ENTRIES, max_size=30), st.integers(1, 200))
def test_a_budget_is_never_overdrawn_and_an_entry_stands(
    entries: list[tuple[str, int, str | None]], amount: int
) -> None:
    state, _ = play(initial(f"{m.BUDGET}410500:2024"), m.SetBudget(amount))
    for reference, fen, reverses in entries:
        expense = Expense(reference, 0 if reverses else fen, date(2024, 2, 1), "用", reverses)
        before = state
        try:
            state, facts = play(state, m.Spend(expense))
        except RefusedError:
            state = before
        else:
            assert len(facts) <= 1
    assert isinstance(state, m.Budget)
    assert 0 <= state.spent_fen <= amount
    kept = [item.expense.reference for item in state.spent]
    assert len(kept) == len(set(kept))


def test_what_belongs_to_another_subject_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError):
        decide(initial(ID), m.SetBudget(1), NOW)
    with pytest.raises(TypeError):
        evolve(initial("m" + "a" * 24), f.IssuedSent())
    with pytest.raises(ValueError, match="no subject"):
        initial("c" + "a" * 24)
