"""What must hold of a case whatever happens in whatever order."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.facts import Closed, Issued
from services.routing.rulebook import Filing, Timing
from services.runtime.domain import RefusedError

Make = Callable[..., Filing]
Begin = Callable[[Filing], Any]
CASE = "c" + "a" * 24
TIMING = Timing()


REPORTS = ("delivered", "received", "accepted", "progressed", "progressed", "failed")


@settings(max_examples=60, deadline=None)
@given(
    acts=st.lists(st.sampled_from(REPORTS), max_size=5),
    end=st.sampled_from(["resolved", "returned", None]),
    data=st.data(),
)
def test_any_order_of_reports_gives_the_same_final_state(
    begin: Begin, filing: Make, *, acts: list[str], end: str | None, data: Any
) -> None:
    said = [*acts, *([end] if end else [])]
    finals = set()
    for order in (said, data.draw(st.permutations(said))):
        world = begin(filing())
        for act in order:
            world.say(act, "tax_clearance")
        given_ = world.state.assignments[f"{CASE}.tax_clearance.1"]
        finals.add((given_.state, given_.progress, bool(given_.delivered_at),
                    bool(given_.received_at), world.state.state))  # fmt: skip
    if end is None:
        assert len(finals) == 1
    else:  # which early steps were implied may differ once it has ended; where it stands may not
        assert len({(final[0], final[1], final[4]) for final in finals}) == 1


def test_every_order_of_the_usual_reports_closes_the_case(begin: Begin, filing: Make) -> None:
    for order in permutations(("delivered", "received", "accepted", "resolved")):
        world = begin(filing())
        for act in order:
            world.say(act, "tax_clearance")
        assert world.state.state == "closed"


ACTS = st.sampled_from(["delivered", "accepted", "resolved", "returned", "moved", "failed", "tick"])


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.tuples(ACTS, st.integers(0, 9)), max_size=25),
    needs=st.lists(
        st.sampled_from(["tax_clearance", "retirement", "unheard_of"]), min_size=1, unique=True
    ),
)
def test_a_case_is_closed_exactly_when_nothing_of_it_is_open(
    begin: Begin, filing: Make, steps: list[tuple[str, int]], needs: list[str]
) -> None:
    world = begin(filing(needs=tuple(needs)))
    for act, choice in steps:
        issues = [item.issue for item in world.state.assignments.values()]
        if act == "tick":
            world.tick(timedelta(days=choice))
        elif issues:
            issue = issues[choice % len(issues)]
            better = {"better_office": "tax.410500"} if act == "moved" else {}
            try:
                world.say("returned" if act == "moved" else act, issue.task, issue.round, **better)
            except RefusedError:
                continue
        latest = {item.issue.task: item.state for item in world.state.assignments.values()}
        done = set(latest) == set(needs) and set(latest.values()) == {"resolved"}
        assert (world.state.closed is not None) == done
        issued = [fact.assignment_id for fact in world.facts if isinstance(fact, Issued)]
        assert sorted(issued) == sorted(world.state.assignments)
    assert sum(isinstance(fact, Closed) for fact in world.facts) <= 1
