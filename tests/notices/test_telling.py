"""Who is told what of a case, each thing once, in whatever order its events come."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices import happenings as h
from services.notices.telling import addressee, decide, evolve
from services.notices.vocabulary import Event

NOW = datetime(2024, 9, 6, 2, 0, tzinfo=UTC)
CASE = "c" + "a" * 24
TAX, COURT, HOUSING = "tax.410526", "court.410526", "housing.410500"
DUE = NOW + timedelta(days=3)
CONCLUDE = ("waiting", "filer", "conclusion")

NOT_HIS, HIS = False, True
"""Whether the case waits for its filer's conclusion."""
FILED = h.Filed(
    COURT, "410526", "bankruptcy", "（2024）豫0526破3号", "某公司破产", ("a", "b"), NOT_HIS
)
FILED_COURT = h.Filed(COURT, "410526", "judgment_enforcement", "执1", "t", ("a", "b"), HIS)
ROUTED = h.Routed((h.Issued("A1", "a", TAX, DUE), h.Issued("B1", "b", HOUSING, DUE)))
SOON = h.Deadline(Event.DUE_SOON, "410526", TAX, "a", "resolution", DUE)
OVERDUE = h.Deadline(Event.OVERDUE, "410526", TAX, "a", "receipt", DUE)
RECALLED = h.Recalled("A1", TAX, "a", "transferred")
STUCK = h.ToDesk(Event.UNROUTABLE, "410526", ("a", "b"), ("no_rule", "ambiguous"))
ESCALATED = h.ToDesk(Event.ESCALATED, "410526", ("a",), ("third_return",), TAX)
ASKED, ANSWERED = h.Asked(TAX, "a"), h.Answered(TAX, "a", DUE)
RETURNED = h.Returned("A1")
DONE_A, DONE_B = h.Resolved("A1", "a"), h.Resolved("B1", "b")
CLOSED, WITHDRAWN = h.Closed("done"), h.Withdrawn()

URGED = h.Urged(TAX, "a", "receipt", DUE)
COUNTY = h.ToDesk(Event.ESCALATED, "410526", ("a",), ("overdue_county",), TAX)
TOLD, LATE, DONE = (
    h.Instructed("410526", TAX, "滑府批〔2024〕3号", standing, DUE)
    for standing in ("issued", "overdue", "closed")
)

Said = tuple[str, str, str | None]
TO_TAX, TO_HOUSING, TO_COUNTY = f"office:{TAX}", f"office:{HOUSING}", "division:410526"


def after(*happenings: h.Happening) -> tuple[h.Case, list[h.Notice]]:
    """Hear these one after the other; gives the case and all notices."""
    case, told = h.Case(CASE), []
    for number, happening in enumerate(happenings):
        for fact in decide(case, h.Heard(f"routing\n{CASE}\n{number}", NOW, happening)):
            case = evolve(case, fact)
            if isinstance(fact, h.Told):
                told.append(fact.notice)
    return case, told


def last(*happenings: h.Happening) -> list[Said]:
    _, before = after(*happenings[:-1])
    _, told = after(*happenings)
    return [(one.event.value, one.to, one.why) for one in told[len(before) :]]


@pytest.mark.parametrize(
    ("happenings", "said"),
    [  # who is told what by the last of these
        ((FILED,), [("filed", "filer", None)]),
        (
            (FILED, ROUTED),
            [("waiting", TO_TAX, "assignment"), ("waiting", TO_HOUSING, "assignment")],
        ),
        ((FILED, ROUTED, SOON), [("due_soon", TO_TAX, "resolution")]),
        (
            (FILED, ROUTED, OVERDUE),
            [
                ("overdue", TO_TAX, "receipt"),
                ("overdue", "filer", "receipt"),
                ("overdue", TO_COUNTY, "receipt"),
            ],
        ),
        ((FILED, ROUTED, URGED), [("urged", TO_TAX, "receipt")]),
        ((FILED, COUNTY), [("escalated", TO_COUNTY, "overdue_county")]),
        ((FILED, TOLD), [("instruction", TO_TAX, "instruction_issued")]),
        (
            (FILED, LATE),
            [
                ("instruction", TO_TAX, "instruction_overdue"),
                ("instruction", TO_COUNTY, "instruction_overdue"),
            ],
        ),
        ((DONE,), [("instruction", TO_COUNTY, "instruction_closed")]),
        ((FILED, ROUTED, CLOSED, URGED), []),
        ((FILED, ROUTED, RECALLED), [("recalled", TO_TAX, "transferred")]),
        (
            (FILED, STUCK),
            [("unroutable", TO_COUNTY, "no_rule"), ("unroutable", TO_COUNTY, "ambiguous")],
        ),
        ((FILED, ESCALATED), [("escalated", TO_COUNTY, "third_return")]),
        ((FILED, ROUTED, ASKED), [("waiting", "filer", "information")]),
        ((FILED, ROUTED, ASKED, ANSWERED), [("waiting", TO_TAX, "supplied")]),
        ((FILED, ROUTED, RETURNED), []),
        ((FILED, ROUTED, DONE_A), []),
        ((FILED, ROUTED, DONE_A, DONE_B), []),
        (
            (FILED, ROUTED, CLOSED),
            [
                ("closed", "filer", "done"),
                ("closed", TO_HOUSING, "done"),
                ("closed", TO_TAX, "done"),
            ],
        ),
        (
            (FILED, ROUTED, RECALLED, CLOSED),
            [("closed", "filer", "done"), ("closed", TO_HOUSING, "done")],
        ),
        ((FILED_COURT, ROUTED, DONE_A, DONE_B), [("waiting", "filer", "conclusion")]),
        ((ROUTED, DONE_A, DONE_B, FILED_COURT), [("filed", "filer", None), CONCLUDE]),
        ((FILED_COURT, ROUTED, DONE_A, DONE_B, DONE_B), []),
        ((FILED_COURT, ROUTED, WITHDRAWN, DONE_A, DONE_B), []),
        ((FILED, ROUTED, CLOSED, OVERDUE), []),
        ((FILED, ROUTED, WITHDRAWN, SOON), []),
        ((FILED, WITHDRAWN, ROUTED), []),
        ((FILED, WITHDRAWN, RECALLED), [("recalled", TO_TAX, "transferred")]),
    ],
)  # fmt: skip
def test_these_are_told_this(happenings: tuple[h.Happening, ...], said: list[Said]) -> None:
    assert last(*happenings) == said


def test_an_assignments_notice_says_task_office_and_date() -> None:
    _, told = after(FILED, ROUTED)
    assert [(one.task, one.office, one.due) for one in told[1:]] == [
        ("a", TAX, DUE),
        ("b", HOUSING, DUE),
    ]


def test_a_filers_notice_waits_for_the_filing_to_know_who_that_is() -> None:
    case, told = after(ASKED)
    assert addressee(case, told[0]) is None
    filed, _ = after(ASKED, FILED)
    assert addressee(filed, told[0]) == f"filer:{COURT}"
    assert filed.pending[0].id == told[0].id


HAPPENINGS = st.lists(
    st.sampled_from(
        [FILED, FILED_COURT, ROUTED, SOON, OVERDUE, RECALLED, STUCK, ESCALATED, ASKED, ANSWERED,
         RETURNED, DONE_A, DONE_B, CLOSED, WITHDRAWN, URGED, COUNTY, TOLD, LATE, DONE]
    ),
    max_size=12,
)  # fmt: skip


@given(HAPPENINGS)
def test_every_notice_has_an_id_of_its_own_and_the_same_again(heard: list[h.Happening]) -> None:
    _, told = after(*heard)
    ids = [one.id for one in told]
    assert len(ids) == len({*ids})
    assert ids == [one.id for one in after(*heard)[1]]


@given(HAPPENINGS, st.data())
def test_what_is_spread_is_struck_out_once_and_nothing_else_is_lost(
    heard: list[h.Happening], data: st.DataObject
) -> None:
    case, told = after(*heard)
    assert [one.id for one in case.pending] == [one.id for one in told]
    some = data.draw(st.sets(st.sampled_from(told)) if told else st.just(set()))
    ids = tuple(sorted(one.id for one in some))
    for _ in range(2):
        for fact in decide(case, h.Spread(ids)):
            case = evolve(case, fact)
    assert {one.id for one in case.pending} == {one.id for one in told} - {*ids}
    assert not decide(case, h.Spread(ids))
