"""What the tests of metrics share: facts of cases, well-ordered or in any order."""

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from types import ModuleType
from typing import Any

import pytest
from hypothesis import strategies as st

from fuyuan_contracts.ids import case_id
from services.metrics import facts as f
from services.metrics.model import Subject
from services.metrics.rules import decide, evolve
from services.metrics.views import view

T0 = datetime(2024, 3, 4, 1, 0, tzinfo=UTC)
CASE = "c" + "a" * 24
FIRST, SECOND = f"{CASE}.tax_clearance.1", f"{CASE}.retirement.1"
PLACES = {
    FIRST: ("tax_clearance", "tax", "tax.410526"),
    SECOND: ("retirement", "social_security", "social_security.410500"),
}
KINDS = ("bankruptcy", "stalled_project")
DIVISIONS = ("410500", "410526", "410527", "410600")
ENDINGS: tuple[f.Ending, ...] = ("done", "concluded", "withdrawn")
STEPS: tuple[f.Step, ...] = ("delivered", "received", "accepted", "progressed", "failed")


def after(**span: float) -> datetime:
    return T0 + timedelta(**span)


def issued(id_: str = FIRST, receipt: float = 1, resolution: float = 10) -> f.Issued:
    """An assignment of PLACES with its dues in days from T0."""
    return f.Issued(id_, *PLACES[id_], after(days=receipt), after(days=resolution))


def about(id_: str = FIRST, kind: str = "bankruptcy", division: str = "410526") -> f.About:
    return f.About(kind, division, *PLACES[id_])


def about_then(id_: str, due: datetime | None) -> f.About:
    """What routing says of an assignment whose deadline stands at `due`."""
    return replace(about(id_), resolution_due=due)


def fold(facts: Iterable[f.Heard], id_: str = CASE) -> Subject:
    state = Subject(id_)
    for given in facts:
        for fact in decide(state, given, T0):
            state = evolve(state, fact)
    return state


def shown(facts: Iterable[f.Heard], id_: str = CASE) -> dict[str, Any]:
    found = view(fold(facts, id_))
    assert found is not None
    return found


times = st.integers(0, 5_000_000).map(lambda seconds: after(seconds=seconds))
days = st.dates(date(2024, 1, 1), date(2024, 6, 30))
ids = st.sampled_from(sorted(PLACES))
texts = st.sampled_from(("one", "two"))
kinds, divisions = st.sampled_from(KINDS), st.sampled_from(DIVISIONS)
abouts = st.none() | st.builds(about_then, ids, st.none() | times)
issues = st.lists(st.builds(issued, ids, st.floats(0, 5), st.floats(5, 40)), max_size=2).map(tuple)
said = st.dictionaries(texts, st.integers(0, 3), max_size=2)
levels = st.sampled_from(("", "county", "city"))
case_facts: st.SearchStrategy[f.Heard] = st.one_of(
    st.builds(
        f.Filed, kinds, divisions, st.sampled_from(("ordinary", "green")), days, times, texts, said
    ),
    st.builds(f.Routed, kinds, divisions, issues, times),
    st.builds(
        f.Unroutable, kinds, divisions, st.tuples(st.builds(f.Need, texts, texts)), times
    ),
    st.builds(f.Escalated, kinds, divisions, texts, texts, st.none() | texts, times, levels),
    st.builds(
        f.Closed, kinds, divisions, days, times, st.sampled_from(ENDINGS), said
    ),
    st.builds(f.Recalled, ids, texts, times, abouts),
    st.builds(f.Asked, ids, st.integers(1, 2), times, abouts),
    st.builds(f.Answered, ids, st.integers(1, 2), times, abouts, st.none() | times),
    st.builds(f.Reported, st.sampled_from(STEPS), ids, times, abouts),
    st.builds(f.Reported, st.just("progressed"), ids, times, abouts, texts, said),
    st.builds(
        f.Urged, ids, st.sampled_from(("receipt", "resolution")), st.integers(1, 2),
        st.sampled_from(("clock", "liaison")), times, abouts,
    ),
    st.builds(f.Returned, ids, texts, times, abouts),
    st.builds(f.Resolved, ids, days, texts, times, abouts, said),
    st.builds(f.Overdue, ids, st.sampled_from(("receipt", "resolution")), times, times, abouts),
)  # fmt: skip
other_facts: st.SearchStrategy[f.Heard] = st.one_of(
    st.builds(f.Registered, divisions, texts, times, st.none() | days, st.none() | texts),
    st.builds(f.StageReached, divisions, texts, days, times, texts),
    st.builds(f.Funded, divisions, texts, texts, st.integers(-(10**15), 10**15), days, times),
    st.builds(f.RiskRaised, divisions, days, times),
    st.builds(f.Met, divisions, texts, days, times),
    st.builds(
        f.Recorded,
        divisions,
        texts,
        days,
        times,
        st.none() | st.integers(0, 9),
        st.integers(0, 3),
        st.lists(texts, max_size=2).map(tuple),
        st.lists(
            st.builds(f.Review, texts, st.integers(0, 2), st.integers(0, 2), st.booleans()),
            max_size=2,
            unique_by=lambda item: item.case_id,
        ).map(tuple),
    ),
    st.builds(
        f.Instructed, divisions, texts, days, days, times, st.none() | texts, st.none() | texts
    ),
    st.builds(f.InstructionLate, divisions, texts, days, times, st.none() | texts),
    st.builds(
        f.InstructionDone, divisions, texts, days, days, st.booleans(), times, st.none() | texts
    ),
    st.builds(f.Parked, texts, texts, times),
    st.builds(f.Replayed, texts, times),
)


OFFICES = ("tax.410526", "tax.410500", "housing.410527", "social_security.410500")


def history(rng: Random, number: int) -> tuple[str, list[f.Heard]]:
    """One case as it may go, up to some point; its events in any order."""
    id_ = case_id(b"test", "court.410500", str(number))
    kind, division = rng.choice(KINDS), rng.choice(DIVISIONS)
    filed_on = date(2023, 12, 1) + timedelta(days=rng.randrange(200))
    lane = rng.choice(("ordinary", "green"))
    facts: list[f.Heard] = [f.Filed(kind, division, lane, filed_on, T0)]
    if rng.random() < 0.2:
        needs = (f.Need("financing", "no_rule"),)
        facts.append(f.Unroutable(kind, division, needs, after(seconds=1)))
    offices = rng.sample(OFFICES, rng.randrange(len(OFFICES)))
    issued = tuple(
        f.Issued(f"{id_}.task_{n}.1", "task", office.split(".")[0], office,
                 after(days=1), after(days=10))
        for n, office in enumerate(map(str, offices), 1)
    )  # fmt: skip
    if issued:
        facts.append(f.Routed(kind, division, issued, after(seconds=2)))
    if rng.random() < 0.2:
        facts.append(f.Escalated(kind, division, "task", "third_return", None, after(days=9)))
    for item in issued:
        facts += _reports(rng, kind, division, item)
    if rng.random() < 0.4:
        ending: f.Ending = rng.choice(ENDINGS)
        facts.append(
            f.Closed(kind, division, filed_on + timedelta(days=20), after(days=30), ending)
        )
    rng.shuffle(facts)
    return id_, facts


def _reports(rng: Random, kind: str, division: str, item: f.Issued) -> list[f.Heard]:
    id_ = item.assignment_id
    where = f.About(kind, division, item.task, item.agency, item.office)
    times = sorted(after(seconds=round(3 + rng.expovariate(1 / 400_000), 3)) for _ in range(3))
    reached = rng.randrange(4)
    facts: list[f.Heard] = []
    if reached >= 1:
        facts.append(f.Reported("delivered", id_, times[0], where))
    if reached >= 2:
        facts.append(f.Reported("received", id_, times[1], where))
    if reached == 3:
        ended: f.Heard = f.Resolved(id_, date(2024, 3, 8), "done", times[2], where)
        returned = f.Returned(id_, "不属本单位", times[2], where)
        facts.append(ended if rng.random() < 0.7 else returned)
    elif rng.random() < 0.2:
        facts.append(f.Recalled(id_, "withdrawn", times[2], where))
    if rng.random() < 0.2:
        facts.append(f.Asked(id_, 1, times[1], where))
        if rng.random() < 0.5:
            moved = item.resolution_due + timedelta(days=3)
            facts.append(f.Answered(id_, 1, times[2], where, moved))
    if rng.random() < 0.1:
        facts.append(f.Reported("failed", id_, times[0], where))
    for what, due in (("receipt", item.receipt_due), ("resolution", item.resolution_due)):
        if rng.random() < 0.2:
            facts.append(f.Overdue(id_, what, due, due, where))  # type: ignore[arg-type]
    return facts


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """What this file makes (test folders are no packages: nothing can import it)."""
    return sys.modules[__name__]


@pytest.fixture(scope="session")
def tried() -> list[f.Heard]:
    """A case with two assignments: one resolved in time, one returned late."""
    return [
        f.Filed("bankruptcy", "410526", "green", date(2024, 3, 1), T0),
        f.Routed("bankruptcy", "410526", (issued(FIRST), issued(SECOND)), after(seconds=2)),
        f.Reported("delivered", FIRST, after(seconds=3), about(FIRST)),
        f.Reported("received", FIRST, after(hours=2), about(FIRST)),
        f.Reported("accepted", FIRST, after(hours=3), about(FIRST)),
        f.Resolved(FIRST, date(2024, 3, 8), "done", after(days=4), about(FIRST)),
        f.Overdue(SECOND, "receipt", after(days=1), after(days=1, seconds=1), about(SECOND)),
        f.Returned(SECOND, "不属本单位职责", after(days=2), about(SECOND)),
        f.Closed("bankruptcy", "410526", date(2024, 3, 8), after(days=4, seconds=1)),
    ]
