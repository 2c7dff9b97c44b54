"""Stages, links and meetings."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from services.runtime.domain import NotYetError, RefusedError, business_day
from services.tracker import model as m
from services.tracker.rules import (
    ALLOWED,
    WEEKDAYS,
    days_stalled,
    decide,
    evolve,
    next_meetings,
)

Play = Callable[..., m.Project]
S = m.Stage
MONDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2024, 9, day) for day in (2, 4, 5, 6))
LIMIT = m.Limit(10, 30)
ToStage = Callable[[m.Stage], m.Project]


def stood_still(state: m.Project) -> int | None:
    return days_stalled(state.stalled_since, state.resumed_on, FRIDAY)


def test_a_first_case_opens_the_file_and_is_linked(play: Play) -> None:
    state = play()
    assert (state.registered_on, state.stage) == (FRIDAY, S.REGISTERED)
    assert (state.division, state.name) == ("410527", "锦绣家园")
    assert [case.case_id for case in state.cases] == ["c" + "a" * 24]


def test_a_further_case_is_linked_once_and_only_fills_in_what_was_not_said(
    play: Play, link: m.Link
) -> None:
    about = m.About(developer="另一公司", stalled_since=date(2020, 1, 1), units=600)
    further = m.Link("c" + "b" * 24, "bankruptcy", "410527", link.name, about)
    state = play(further, further, link)
    assert [case.kind for case in state.cases] == ["stalled_project", "bankruptcy"]
    assert state.about == m.About("某置业公司", date(2014, 3, 1), 600)


def test_a_bankruptcy_alone_opens_the_file(new: m.Project, now: datetime) -> None:
    given = m.Link("c" + "b" * 24, "bankruptcy", "410527", "锦绣家园")
    (fact,) = decide(new, given, now)
    assert isinstance(fact, m.Registered)
    assert (fact.case_id, fact.kind) == (given.case_id, "bankruptcy")


@pytest.mark.parametrize(
    "given",
    [
        m.Move(S.STUDYING, FRIDAY, "x"),
        m.Fund("r", m.Funder.OWNERS, 1, FRIDAY),
        m.Reverse("r", "q", FRIDAY),
        m.Dispute("d", 1, FRIDAY, LIMIT),
        m.Meet(m.Meeting.STUDY, THURSDAY),
    ],
    ids=lambda given: type(given).__name__,
)
def test_nothing_but_a_case_can_be_said_of_an_unknown_project(
    new: m.Project, now: datetime, given: m.Input
) -> None:
    with pytest.raises(NotYetError):
        decide(new, given, now)


LEGAL = [(before, after) for before, afters in ALLOWED.items() for after in afters]
ILLEGAL = [(before, after) for before in S for after in S if (before, after) not in LEGAL]


def test_the_steps_are_the_five_and_the_way_back() -> None:
    assert LEGAL == [
        (S.REGISTERED, S.STUDYING),
        (S.STUDYING, S.FUNDED),
        (S.FUNDED, S.RESUMED),
        (S.RESUMED, S.DELIVERED),
        (S.RESUMED, S.STUDYING),
    ]


@pytest.mark.parametrize(("before", "after"), LEGAL)
def test_a_legal_step_is_taken(
    to_stage: ToStage, play: Play, now: datetime, before: m.Stage, after: m.Stage
) -> None:
    state = play(m.Fund("自筹-9", m.Funder.OWNERS, 100, FRIDAY), state=to_stage(before))
    (fact,) = decide(state, m.Move(after, FRIDAY, "理由"), now)
    assert fact == m.StageChanged(before, after, FRIDAY, "理由")
    assert evolve(state, fact).stage is after


@pytest.mark.parametrize(("before", "after"), ILLEGAL)
def test_an_illegal_step_is_refused_and_the_allowed_ones_are_named(
    to_stage: ToStage, now: datetime, before: m.Stage, after: m.Stage
) -> None:
    with pytest.raises(RefusedError) as refused:
        decide(to_stage(before), m.Move(after, FRIDAY, "理由"), now)
    assert refused.value.field is None
    named = refused.value.message.split("allowed: ")[1]
    assert named == (", ".join(ALLOWED[before]) or "nothing: it is the last stage")


@pytest.mark.parametrize("before", [S.REGISTERED, S.RESUMED])
@pytest.mark.parametrize("reason", [None, ""])
def test_studying_without_a_meeting_needs_a_reason(
    to_stage: ToStage, now: datetime, before: m.Stage, reason: str | None
) -> None:
    with pytest.raises(RefusedError) as refused:
        decide(to_stage(before), m.Move(S.STUDYING, FRIDAY, reason), now)
    assert refused.value.field == "reason"


def test_funded_needs_money_in_the_ledger(to_stage: ToStage, play: Play, now: datetime) -> None:
    state = to_stage(S.STUDYING)
    with pytest.raises(RefusedError, match="record funding first"):
        decide(state, m.Move(S.FUNDED, FRIDAY), now)
    with_money = play(m.Fund("r", m.Funder.OWNERS, 1, FRIDAY), state=state)
    assert decide(with_money, m.Move(S.FUNDED, FRIDAY), now)
    taken_back = play(m.Reverse("r-", "r", FRIDAY), state=with_money)
    with pytest.raises(RefusedError, match="record funding first"):
        decide(taken_back, m.Move(S.FUNDED, FRIDAY), now)


def test_work_is_not_resumed_on_money_that_was_taken_back(
    to_stage: ToStage, play: Play, now: datetime
) -> None:
    state = play(m.Reverse("贷-1-退", "贷-1", FRIDAY), state=to_stage(S.FUNDED))
    with pytest.raises(RefusedError, match="record funding first"):
        decide(state, m.Move(S.RESUMED, FRIDAY), now)


def test_the_same_move_again_gives_nothing(to_stage: ToStage, now: datetime) -> None:
    assert decide(to_stage(S.FUNDED), m.Move(S.FUNDED, date(2024, 4, 2)), now) == ()


@pytest.mark.parametrize(
    ("on", "words"),
    [(date(2024, 9, 7), "future"), (date(2024, 4, 1), "before the project became funded")],
)
def test_a_move_lies_between_the_last_one_and_today(
    to_stage: ToStage, now: datetime, on: date, words: str
) -> None:
    with pytest.raises(RefusedError, match=words) as refused:
        decide(to_stage(S.FUNDED), m.Move(S.RESUMED, on), now)
    assert refused.value.field == "on"


def test_a_standstill_is_counted_until_work_is_resumed_and_anew_when_it_stalls_again(
    to_stage: ToStage, play: Play
) -> None:
    stalled = to_stage(S.FUNDED)
    assert stood_still(stalled) == (FRIDAY - date(2014, 3, 1)).days == 3842
    resumed = to_stage(S.RESUMED)
    assert stood_still(resumed) == (date(2024, 5, 6) - date(2014, 3, 1)).days
    again = play(m.Move(S.STUDYING, date(2024, 9, 1), "又停工"), state=resumed)
    assert again.stalled_since == date(2024, 9, 1)
    assert stood_still(again) == 5


def test_a_standstill_nobody_dated_has_no_length(new: m.Project, now: datetime) -> None:
    (fact,) = decide(new, m.Link("c" + "b" * 24, "bankruptcy", "410527", "锦绣家园"), now)
    assert stood_still(evolve(new, fact)) is None


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2024, 9, 5, 15, 59, tzinfo=UTC), date(2024, 9, 5)),
        (datetime(2024, 9, 5, 16, 0, tzinfo=UTC), date(2024, 9, 6)),
    ],
)
def test_a_day_begins_at_midnight_in_shanghai(moment: datetime, day: date) -> None:
    assert business_day(moment) == day


@pytest.mark.parametrize(
    ("meeting", "day"),
    [
        (m.Meeting.PETITION_RECEPTION, MONDAY),
        (m.Meeting.STUDY, THURSDAY),
        (m.Meeting.CITY_CONSTRUCTION, FRIDAY),
    ],
)
def test_a_meeting_has_its_day_of_the_week_or_says_why_not(
    play: Play, now: datetime, meeting: m.Meeting, day: date
) -> None:
    assert decide(play(), m.Meet(meeting, day), now)
    with pytest.raises(RefusedError) as refused:
        decide(play(), m.Meet(meeting, WEDNESDAY), now)
    assert refused.value.field == "moved_because"
    fact = decide(play(), m.Meet(meeting, WEDNESDAY, ("决定",), "国庆调休"), now)[0]
    assert fact == m.MeetingHeld(meeting, WEDNESDAY, ("决定",), "国庆调休")


@pytest.mark.parametrize("meeting", [item for item in m.Meeting if item is not m.Meeting.STUDY])
def test_another_meeting_does_not_move_a_project(play: Play, meeting: m.Meeting) -> None:
    state = play(m.Meet(meeting, WEDNESDAY, (), "改期"))
    assert state.stage is S.REGISTERED


def test_a_study_meeting_moves_a_registered_project_to_studying(play: Play) -> None:
    state = play(m.Meet(m.Meeting.STUDY, THURSDAY, ("一楼一策",)))
    assert (state.stage, state.stage_since) == (S.STUDYING, THURSDAY)
    assert state.meetings[0].decisions == ("一楼一策",)


@pytest.mark.parametrize("stage", [stage for stage in S if stage is not S.REGISTERED])
def test_a_study_meeting_moves_no_other_project(
    to_stage: ToStage, play: Play, stage: m.Stage
) -> None:
    assert play(m.Meet(m.Meeting.STUDY, THURSDAY), state=to_stage(stage)).stage is stage


def test_a_meeting_counts_once_and_cannot_be_reworded(play: Play, now: datetime) -> None:
    held = m.Meet(m.Meeting.STUDY, THURSDAY, ("甲",))
    state = play(held, held)
    assert len(state.meetings) == 1
    with pytest.raises(RefusedError, match="other content"):
        decide(state, m.Meet(m.Meeting.STUDY, THURSDAY, ("乙",)), now)


def test_a_meeting_in_the_future_is_refused(play: Play, now: datetime) -> None:
    with pytest.raises(RefusedError) as refused:
        decide(play(), m.Meet(m.Meeting.PETITION_RECEPTION, date(2024, 9, 9)), now)
    assert refused.value.field == "on"


@pytest.mark.parametrize("day", [date(2024, 9, day) for day in range(1, 15)])
def test_the_next_meetings_are_the_three_kinds_each_on_its_day_within_a_week(day: date) -> None:
    found = next_meetings(day)
    assert {meeting for _, meeting in found} == set(m.Meeting)
    assert all(on.weekday() == WEEKDAYS[meeting] for on, meeting in found)
    assert [on for on, _ in found] == sorted(on for on, _ in found)
    assert all(0 <= (on - day).days < 7 for on, _ in found)
