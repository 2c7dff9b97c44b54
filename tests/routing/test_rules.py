from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fuyuan_contracts.ids import assignment_id
from services.routing.facts import Closed, Escalated, Fact, Overdue, Refused, Reissued, Routed
from services.routing.model import Case, File, Report, Tick
from services.routing.reporting import MAX_PROGRESS, MAX_REFUSED
from services.routing.rulebook import Filing, Timing
from services.routing.rules import decide, next_due
from services.runtime.domain import NotYetError, RefusedError

Make = Callable[..., Filing]
Begin = Callable[[Filing], Any]
CASE = "c" + "a" * 24
TIMING = Timing()


def names(facts: Iterable[Fact]) -> list[str]:
    return [fact.type for fact in facts]


@pytest.fixture
def world(begin: Begin, filing: Make) -> Any:
    return begin(filing(needs=("tax_clearance", "retirement")))


def test_a_filing_is_routed_and_each_assignment_issued(world: Any) -> None:
    assert names(world.facts) == ["filed", "routed", "issued", "issued"]
    routed = world.facts[1]
    assert isinstance(routed, Routed)
    assert [item.office for item in routed.assignments] == ["social_security.410526", "tax.410526"]
    assert routed.assignments[1].assignment_id == assignment_id(CASE, "tax_clearance", 1)
    assert world.state.state == "open"


def test_a_filing_that_comes_again_gives_nothing(world: Any) -> None:
    assert world.state.filing is not None
    assert world.do(File(world.state.filing, world.book)) == []


def test_a_case_closes_with_the_latest_business_date_when_all_is_resolved(world: Any) -> None:
    outcome = {"task": "retirement", "concluded_on": "2026-02-27", "result": "partly"}
    assert names(world.say("resolved", "tax_clearance")) == ["reported"]
    facts = world.say("resolved", "retirement", outcome=outcome)
    assert names(facts) == ["reported", "closed"]
    assert isinstance(facts[1], Closed)
    assert facts[1].concluded_on.isoformat() == "2026-03-02"
    assert world.state.state == "closed"
    assert next_due(world.state) is None


def test_what_no_rule_routes_waits_at_the_desk_and_keeps_the_case_open(
    begin: Begin, filing: Make
) -> None:
    world = begin(filing(needs=("tax_clearance", "unheard_of")))
    assert names(world.facts) == ["filed", "routed", "issued", "unroutable"]
    assert names(world.say("resolved", "tax_clearance")) == ["reported"]
    assert world.state.state == "desk"


def test_a_report_on_an_unknown_case_comes_too_early(world: Any) -> None:
    report = Report("delivered", f"{CASE}.tax_clearance.1", "tax.410526", world.book)
    with pytest.raises(NotYetError):
        decide(Case(CASE), report, world.now)


def refused(facts: Iterable[Fact]) -> tuple[str, str | None]:
    (fact,) = facts
    assert isinstance(fact, Refused)
    return fact.error, fact.field


def test_an_office_that_speaks_for_another_is_answered_and_nothing_changes(world: Any) -> None:
    before = world.state.assignments
    facts = world.say("resolved", "tax_clearance", office="tax.410500", message_id="m1")
    name = f"{CASE}.tax_clearance.1"
    assert refused(facts) == (f"{name} is not an assignment of tax.410500", "assignment_id")
    assert (facts[0].office, facts[0].message_id) == ("tax.410500", "m1")
    assert world.state.assignments == before


@pytest.mark.parametrize(
    ("outcome", "field"),
    [
        ({"task": "retirement", "concluded_on": "2026-03-02"}, "outcome.task"),
        ({"task": "tax_clearance", "concluded_on": "2026-03-03"}, "outcome.concluded_on"),
    ],
)
def test_an_outcome_of_another_task_or_from_the_future_is_refused(
    world: Any, outcome: dict[str, str], field: str
) -> None:
    assert refused(world.say("resolved", "tax_clearance", outcome=outcome))[1] == field


def test_after_a_hundred_answers_an_office_is_parked_but_no_other(world: Any) -> None:
    for _ in range(MAX_REFUSED):
        world.say("resolved", "tax_clearance", office="tax.410500")
    with pytest.raises(RefusedError):
        world.say("resolved", "tax_clearance", office="tax.410500")
    assert names(world.say("resolved", "tax_clearance", office="housing.410500")) == ["refused"]
    assert names(world.say("resolved", "tax_clearance")) == ["reported"]


def test_an_act_implies_the_earlier_ones_which_are_then_not_recorded_again(world: Any) -> None:
    world.say("accepted", "tax_clearance")
    assert world.say("delivered", "tax_clearance") == []
    assert world.say("received", "tax_clearance") == []
    given_ = world.state.assignments[f"{CASE}.tax_clearance.1"]
    assert given_.delivered_at == given_.received_at == given_.accepted_at


@pytest.mark.parametrize("end", ["resolved", "returned"])
@pytest.mark.parametrize("late", ["delivered", "received", "accepted", "failed"])
def test_after_the_end_what_was_overtaken_is_ignored(world: Any, end: str, late: str) -> None:
    world.say(end, "tax_clearance")
    assert world.say(late, "tax_clearance") == []


@pytest.mark.parametrize(
    ("end", "second"), [("resolved", "returned"), ("returned", "resolved")]
)  # fmt: skip
def test_a_second_end_is_refused_and_the_same_one_again_ignored(
    world: Any, end: str, second: str
) -> None:
    world.say(end, "tax_clearance")
    assert world.say(end, "tax_clearance") == []
    assert f"was {end} already" in refused(world.say(second, "tax_clearance"))[0]


def test_progress_is_recorded_each_time_up_to_a_bound(world: Any) -> None:
    for _ in range(MAX_PROGRESS):
        assert names(world.say("progressed", "tax_clearance")) == ["reported"]
    assert "200 progress reports" in refused(world.say("progressed", "tax_clearance"))[0]


def test_a_return_with_a_better_office_goes_there_as_a_new_round(world: Any) -> None:
    facts = world.say("returned", "tax_clearance", better_office="tax.410500")
    assert names(facts) == ["reported", "routed", "issued"]
    again = world.state.assignments[f"{CASE}.tax_clearance.2"].issue
    assert (again.office, again.rule, again.round) == ("tax.410500", "return", 2)
    assert "滑县税务局退回：因为；改派安阳市税务局" in again.reason
    assert again.resolution_days == 15


@pytest.mark.parametrize(
    ("better", "said"),
    [
        (None, "no better office named"),
        ("liaison.410500", "liaison.410500 is no receiving office"),
        ("tax.999999", "tax.999999 is no receiving office"),
        ("tax.410526", "tax.410526 has returned it already"),
    ],
)
def test_a_return_without_a_usable_better_office_goes_to_the_desk(
    world: Any, better: str | None, said: str
) -> None:
    facts = world.say("returned", "tax_clearance", better_office=better)
    assert names(facts) == ["reported", "unroutable"]
    need, _ = world.state.desk["tax_clearance"]
    assert need.why == "returned"
    assert said in need.reason
    assert "returned by tax.410526 (因为)" in need.reason


def test_the_third_return_of_a_task_is_escalated(world: Any) -> None:
    world.say("returned", "tax_clearance", 1, better_office="tax.410500")
    world.say("returned", "tax_clearance", 2, better_office="finance.410500")
    facts = world.say("returned", "tax_clearance", 3, better_office="housing.410500")
    assert names(facts) == ["reported", "escalated"]
    assert isinstance(facts[1], Escalated)
    assert facts[1].why == "third_return"
    world.say("resolved", "retirement")
    assert world.state.state == "escalated"


def test_a_failed_assignment_is_escalated_until_the_office_resolves_it(world: Any) -> None:
    assert names(world.say("failed", "tax_clearance")) == ["reported", "escalated"]
    world.say("resolved", "retirement")
    assert world.state.state == "escalated"
    assert names(world.say("resolved", "tax_clearance")) == ["reported", "closed"]


def test_an_undelivered_assignment_is_issued_again_with_doubling_waits_then_escalated(
    begin: Begin, filing: Make
) -> None:
    world = begin(filing())
    assert world.tick(timedelta(seconds=119)) == []
    waits, before = [], None
    for _ in range(TIMING.redeliver_times):
        moment = next_due(world.state)
        assert moment is not None
        wait = moment - world.now
        waits.append(wait.total_seconds())
        before = world.tick(wait)
        assert [(type(fact), fact.assignment_id) for fact in before if isinstance(fact, Reissued)]
        assert world.do(Tick(TIMING), timedelta(seconds=1)) == []
    assert waits[1:] == [239, 479, 959, 1919]
    facts = world.tick(timedelta(seconds=3840))
    assert [fact.why for fact in facts if isinstance(fact, Escalated)] == ["undelivered"]
    assert world.tick(timedelta(hours=2)) == []
    world.say("delivered", "tax_clearance")
    assert world.state.state == "open"


def test_each_deadline_is_overdue_once(world: Any) -> None:
    world.say("delivered", "tax_clearance")
    world.say("accepted", "retirement")
    facts = world.tick(timedelta(days=120))
    found = [(fact.assignment_id.split(".")[1], fact.what) for fact in facts
             if isinstance(fact, Overdue)]  # fmt: skip
    assert sorted(found) == [
        ("retirement", "resolution"),
        ("tax_clearance", "receipt"),
        ("tax_clearance", "resolution"),
    ]
    assert world.tick(timedelta(days=1)) == []
    assert next_due(world.state) is None


def test_time_does_nothing_before_the_next_due_moment_and_something_at_it(world: Any) -> None:
    for _ in range(8):
        moment = next_due(world.state)
        assert moment is not None
        assert decide(world.state, Tick(TIMING), moment - timedelta(milliseconds=1)) == []
        assert world.do(Tick(TIMING), moment - world.now + timedelta(milliseconds=1))


def test_deciding_leaves_the_state_alone(world: Any) -> None:
    before = replace(world.state)
    decide(world.state, Tick(TIMING), world.now + timedelta(days=99))
    assert world.state == before
