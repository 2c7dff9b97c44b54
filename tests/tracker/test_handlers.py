"""What the tracker decided is told, stored and listed."""

import json
from collections.abc import Callable
from datetime import date, datetime
from functools import reduce
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuyuan_contracts.channels import BINDINGS, EVT
from services.runtime.fold import Sending
from services.runtime.wires import wire
from services.tracker import model as m
from services.tracker.handlers import STREAM, to_wire, view

CASE = "c" + "a" * 24


@pytest.fixture
def story(new: m.Project, link: m.Link, now: datetime) -> list[tuple[m.Project, m.Fact]]:
    """Every kind of fact, each with the state after it."""
    limit = m.Limit(10, 30)
    inputs: list[m.Input] = [
        link,
        m.Link("c" + "b" * 24, "bankruptcy", link.division, link.name, m.About(units=600)),
        m.Meet(m.Meeting.STUDY, date(2024, 9, 5), ("一楼一策",)),
        m.Meet(m.Meeting.PETITION_RECEPTION, date(2024, 9, 3), (), "改期"),
        m.Fund("贷-1", m.Funder.SPECIAL_LOAN, 12_000_000_000, date(2024, 9, 5)),
        m.Fund("补-1", m.Funder.OWNERS, 7, date(2024, 9, 5)),
        m.Reverse("补-1-退", "补-1", date(2024, 9, 6)),
        m.Move(m.Stage.FUNDED, date(2024, 9, 6)),
        m.Dispute("内黄-1", 277, date(2024, 9, 1), limit),
    ]
    state, told = new, []
    for item in inputs:
        for fact in STREAM.decide(state, item, now):
            state = STREAM.evolve(state, fact)
            told.append((state, fact))
    return told


def said(state: m.Project, fact: m.Fact, now: datetime) -> dict[str, Any] | None:
    outgoing = to_wire(state, fact)
    if outgoing is None:
        return None
    assert (outgoing.exchange, outgoing.correlation) == (EVT, state.id)
    message = wire(Sending(outgoing, state.id, 1, now, None, None))
    body: dict[str, Any] = json.loads(message.body)
    assert body["source"] == "/services/tracker"
    assert body["type"] == f"cn.fuyuan.{message.key}.v1"
    assert (body["data"].pop("project_id"), body["data"].pop("division")) == (state.id, "410527")
    return {"key": message.key, **body["data"]}


def test_every_fact_is_told_or_kept_here_as_its_kind_wants(
    story: list[tuple[m.Project, m.Fact]], now: datetime
) -> None:
    assert {type(fact) for _, fact in story} == set(get_args(m.Fact))
    assert [said(state, fact, now) for state, fact in story] == [
        {
            "key": "project.registered",
            "name": "锦绣家园",
            "stalled_since": "2014-03-01",
            "case_id": CASE,
        },
        None,
        {"key": "meeting.held", "meeting": "study", "on": "2024-09-05", "decisions": ["一楼一策"]},
        {
            "key": "project.stage_changed",
            "before": "registered",
            "after": "studying",
            "on": "2024-09-05",
            "reason": "专题研判会议 / study meeting",
        },
        {
            "key": "meeting.held",
            "meeting": "petition_reception",
            "on": "2024-09-03",
            "decisions": [],
        },
        funded("贷-1", "special_loan", 12_000_000_000, "2024-09-05", 12_000_000_000),
        funded("补-1", "owners", 7, "2024-09-05", 12_000_000_007),
        funded("补-1-退", "owners", -7, "2024-09-06", 12_000_000_000) | {"reverses": "补-1"},
        {
            "key": "project.stage_changed",
            "before": "studying",
            "after": "funded",
            "on": "2024-09-06",
        },
        None,
        {
            "key": "project.risk_raised",
            "disputes": 277,
            "threshold": 10,
            "window_days": 30,
            "on": "2024-09-06",
        },
    ]


def funded(reference: str, source: str, fen: int, on: str, total: int) -> dict[str, Any]:
    entry = {"reference": reference, "source": source, "amount_fen": fen, "on": on}
    return {"key": "project.funded", **entry, "total_fen": total}


def test_each_event_is_one_that_somebody_is_bound_to(
    story: list[tuple[m.Project, m.Fact]],
) -> None:
    told = [outgoing for state, fact in story if (outgoing := to_wire(state, fact))]
    heads = {key.split(".")[0] for keys in BINDINGS.values() for key in keys}
    assert {outgoing.key.split(".")[0] for outgoing in told} <= heads


def test_a_stream_that_is_stored_and_read_gives_the_same_state(
    story: list[tuple[m.Project, m.Fact]], new: m.Project
) -> None:
    facts = [fact for _, fact in story]
    stored = [json.dumps(STREAM.facts.dump_python(fact, mode="json")) for fact in facts]
    kept = [STREAM.facts.validate_python(json.loads(item)) for item in stored]
    assert kept == facts
    assert reduce(STREAM.evolve, kept, new) == story[-1][0]


days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
facts = st.one_of(*(st.from_type(kind) for kind in get_args(m.Fact)))
st.register_type_strategy(date, days)


@given(facts)
def test_any_fact_comes_back_as_it_was_stored(fact: m.Fact) -> None:
    assert STREAM.facts.validate_python(STREAM.facts.dump_python(fact, mode="json")) == fact


def test_the_list_shows_what_the_file_says(
    story: list[tuple[m.Project, m.Fact]], new: m.Project
) -> None:
    assert view(new) is None
    assert view(story[-1][0]) == {
        "division": "410527",
        "name": "锦绣家园",
        "developer": "某置业公司",
        "registered_on": "2024-09-06",
        "stage": "funded",
        "stage_since": "2024-09-06",
        "stalled_since": "2014-03-01",
        "resumed_on": None,
        "total_fen": 12_000_000_000,
        "by_source": {"government": 0, "owners": 0, "special_loan": 12_000_000_000},
        "disputes": 277,
        "risk_until": "2024-09-30",
        "warnings": 1,
        "cases": 2,
        "last_meeting_on": "2024-09-05",
        "next_meeting": "city_construction",
    }


@pytest.mark.parametrize("stage", list(m.Stage))
def test_a_project_of_every_stage_can_be_listed(
    to_stage: Callable[[m.Stage], m.Project], stage: m.Stage
) -> None:
    shown = view(to_stage(stage))
    assert shown
    assert shown["stage"] == stage.value
    assert (shown["next_meeting"] is None) == (stage is m.Stage.DELIVERED)
