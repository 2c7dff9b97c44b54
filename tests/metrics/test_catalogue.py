"""What each kind of case counts for, as tables; and that the catalogue hangs together."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics import facts as f
from services.metrics.catalogue.counting import STREAMS, entries
from services.metrics.catalogue.entries import agency
from services.metrics.catalogue.sections import FIGURES, SECTIONS
from services.metrics.labels import WORDS
from services.metrics.model import Subject
from services.metrics.rules import evolve

CASE, PROJECT = "c" + "a" * 24, "p" + "a" * 16
CITY, COUNTY = "410500", "410526"
ON, LATER = date(2024, 3, 4), date(2024, 5, 6)
T0 = datetime(2024, 3, 4, 1, tzinfo=UTC)
Entry = dict[str, Any]


def filed(kind: str, details: dict[str, Any], division: str = COUNTY, lane: str = "ordinary",
          filer: str = "court.410526") -> f.Filed:  # fmt: skip
    return f.Filed(kind, division, lane, ON, T0, filer, details)


def closed(kind: str, said: dict[str, Any], ending: f.Ending = "concluded") -> f.Closed:
    return f.Closed(kind, COUNTY, LATER, T0 + timedelta(days=60), ending, said)


def done(kind: str, task: str, said: dict[str, Any], office: str = "court.410526",
         result: str = "done") -> f.Resolved:  # fmt: skip
    about = f.About(kind, COUNTY, task, agency(office) or "", office)
    return f.Resolved(f"{CASE}.{task}.1", LATER, result, T0 + timedelta(days=9), about, said)


LAWSUIT = {"court": "court.410526", "instance": "first", "defendant": "tax.410526"}
SECOND = {"court": "court.410500", "instance": "second", "defendant": "tax.410526"}
OWED = {"debtor_role": "administrative_organ", "debtor_office": "housing.410526"}
LIMIT = {"list": "consumption_limit", "action": "impose", "effective_on": "2024-02-01"}
SALES = {"cause": "house_sale", "disputes": 277, "project": PROJECT}
LOST = {"verdict": "lost", "head_appeared": False}
STAGES = {"filed_on": "2024-04-01", "reviewed_on": "2024-04-04", "enforced_on": "2024-04-05",
          "closed_on": "2024-04-11"}  # fmt: skip
AN, AL, AD = "administrative_dispute", "administrative_lawsuit", "administrative_mediation"
JE, PE, CD, RC = ("judgment_enforcement", "penalty_enforcement", "credit_discipline",
                  "reconsideration")  # fmt: skip
IN, OUT = {"on": "2024-03-04", "d": COUNTY}, {"on": "2024-05-06", "d": COUNTY}

COUNTED: list[tuple[str, list[f.Heard], str, list[Entry]]] = [
    ("a first-instance lawsuit", [filed(AL, LAWSUIT)], "lawsuits",
     [IN | {"n": 1, "office": "tax.410526", "court": "court.410526"}]),
    ("a second-instance one is of the intermediate court, and the city's", [filed(AL, SECOND)],
     "intermediate", [IN | {"d": CITY, "n": 1, "instance": "second"}]),
    ("and of no other", [filed(AL, SECOND)], "lawsuits", []),
    ("a retrial is neither", [filed(AL, SECOND | {"instance": "retrial"})], "intermediate", []),
    ("a lost one", [filed(AL, LAWSUIT), closed(AL, LOST)], "verdicts",
     [OUT | {"n": 1, "lost": 1, "verdict": "lost", "office": "tax.410526",
             "court": "court.410526"}]),
    ("a withdrawn one has no verdict", [filed(AL, LAWSUIT), closed(AL, {}, "withdrawn")],
     "verdicts", []),
    ("the court's word on the head", [filed(AL, LAWSUIT), closed(AL, LOST),
     done(AL, "respond_to_suit", {"head_appeared": True}, "tax.410526")], "heads",
     [OUT | {"n": 1, "office": "tax.410526", "court": "court.410526", "agency": "tax"}]),
    ("the organ's word where the court says none", [filed(AL, LAWSUIT),
     done(AL, "respond_to_suit", {"head_appeared": True}, "tax.410526")], "heads",
     [OUT | {"n": 1, "appeared": 1, "office": "tax.410526", "court": "court.410526",
             "agency": "tax"}]),
    ("an organ that owes has performed",
     [filed(JE, OWED), closed(JE, {"ended": "performed", "recovered_fen": 5})], "enforcement",
     [OUT | {"n": 1, "fen": 5, "role": "administrative_organ", "ended": "performed",
             "court": "court.410526"}]),
    ("and counts for it", [filed(JE, OWED), closed(JE, {"ended": "performed"})], "debts",
     [OUT | {"n": 1, "done": 1, "office": "housing.410526"}]),
    ("a suspended one doesn't", [filed(JE, OWED), closed(JE, {"ended": "suspended"})], "debts",
     [OUT | {"n": 1, "office": "housing.410526"}]),
    ("a look-up that found nobody",
     [filed(JE, {}), done(JE, "find_person", {"found": False}, "public_security.410526")],
     "measures",
     [OUT | {"n": 1, "person": 1, "task": "find_person", "office": "public_security.410526"}]),
    ("one that was not possible",
     [filed(JE, {}), done(JE, "find_person", {"found": False}, result="not_possible")],
     "measures", []),
    ("a detention", [filed(JE, {}), done(JE, "detention_assist", {"detained": True})], "measures",
     [OUT | {"n": 1, "detained": 1, "task": "detention_assist", "office": "court.410526"}]),
    ("a limit counts from its day", [filed(CD, LIMIT)], "credit",
     [{"on": "2024-02-01", "d": COUNTY, "n": 1, "imposed": 1, "in_force": 1,
       "list": "consumption_limit"}]),
    ("a lifted one is no longer in force", [filed(CD, LIMIT | {"action": "lift"})], "credit",
     [{"on": "2024-02-01", "d": COUNTY, "n": 1, "in_force": -1, "lift": 1,
       "list": "consumption_limit"}]),
    ("a revoked one never was", [filed(CD, LIMIT), closed(CD, {"ended": "revoked"})], "credit", []),
    ("nor a withdrawn one", [filed(CD, LIMIT), closed(CD, {}, "withdrawn")], "credit", []),
    ("a penalty allowed, its four stages",
     [filed(PE, {}), done(PE, "penalty_enforcement", {"allowed": True, **STAGES})], "penalties",
     [OUT | {"n": 1, "allowed": 1, "review": 1, "review_days": 3, "enforce": 1, "enforce_days": 1,
             "close": 1, "close_days": 6, "whole": 1, "whole_days": 10,
             "office": "court.410526"}]),
    ("mediated before a suit",
     [filed(AN, {"phase": "before"}), done(AN, AD, {"ended": "settled", "withdrew": 22})],
     "mediations",
     [OUT | {"n": 1, "settled": 1, "households": 22, "phase": "before",
             "office": "court.410526"}]),
    ("reconsidered by the city itself, wherever it lies",
     [filed(RC, {"organ": "justice.410500"})], "city_reconsiderations", [IN | {"d": CITY, "n": 1}]),
    ("by a county", [filed(RC, {"organ": "justice.410526"})], "city_reconsiderations", []),
    ("house sales, the number that is said",
     [filed("civil_dispute", SALES),
      done("civil_dispute", "civil_mediation", {"ended": "settled", "settled": 270})],
     "house_sales", [OUT | {"n": 270, "project": PROJECT}]),
    ("else all of the group",
     [filed("civil_dispute", SALES),
      done("civil_dispute", "civil_mediation", {"ended": "settled", "settled": 0})],
     "house_sales", [OUT | {"n": 277, "project": PROJECT}]),
    ("none where none settled",
     [filed("civil_dispute", SALES),
      done("civil_dispute", "civil_mediation", {"ended": "failed", "settled": 0})],
     "house_sales", []),
    ("a bankruptcy in the green channel",
     [filed("bankruptcy", {}, lane="green")], "bankruptcies", [IN | {"n": 1, "green": 1}]),
    ("retirements",
     [filed("bankruptcy", {}), done("bankruptcy", "retirement", {"retirees": 7})], "needs",
     [OUT | {"n": 1, "retirees": 7, "task": "retirement"}]),
    ("every case filed", [filed(AN, {})], "filed", [IN | {"n": 1, "kind": AN}]),
    ("and closed", [filed(AN, {}), closed(AN, {}, "done")], "ended",
     [OUT | {"n": 1, "kind": AN, "ending": "done"}]),
    ("an urge is of the office's division",
     [f.Urged(f"{CASE}.x.1", "receipt", 1, "liaison", T0,
              f.About(AN, COUNTY, "x", "tax", "tax.410500"))], "deadlines",
     [IN | {"d": CITY, "urged": 1, "by_liaison": 1, "office": "tax.410500"}]),
    ("an escalation says how far",
     [f.Escalated(AN, COUNTY, "x", "overdue", None, T0, "city")], "deadlines",
     [IN | {"escalated": 1, "why": "overdue", "level": "city"}]),
    ("a project that moved on is one more there and one less here",
     [f.Registered(COUNTY, "某小区", T0),
      f.StageReached(COUNTY, "delivered", LATER, T0, "registered")], "projects",
     [IN | {"n": 1, "registered": 1, "stalled": 1, "stage": "registered"},
      OUT | {"n": -1, "stage": "registered"},
      OUT | {"n": 1, "delivered": 1, "stalled": -1, "stage": "delivered"}]),
    ("money", [f.Funded(COUNTY, "1", "special_loan", 12, ON, T0)], "funding",
     [IN | {"fen": 12, "source": "special_loan"}]),
    ("a loss review", [f.Recorded(CITY, "loss_review", ON, T0, None, 0, (),
     (f.Review(CASE, 1, 0, recurrent=True),))], "meetings",
     [IN | {"d": CITY, "n": 1, "reviewed": 1, "recurrent": 1, "meeting": "loss_review"}]),
    ("an instruction in time",
     [f.InstructionDone(CITY, "tax.410500", ON, LATER, in_time=True, at=T0)],
     "instructions_judged",
     [OUT | {"d": CITY, "n": 1, "in_time": 1, "office": "tax.410500"}]),
    ("one overdue", [f.InstructionLate(CITY, "tax.410500", LATER, T0)], "instructions_judged",
     [OUT | {"d": CITY, "n": 1, "office": "tax.410500"}]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "stream", "expected"), [item[1:] for item in COUNTED], ids=[it[0] for it in COUNTED]
)
def test_what_is_counted(facts: list[f.Heard], stream: str, expected: list[Entry]) -> None:
    for order in permutations(facts):
        found = [entry for entry in folded(list(order)) if entry["f"] == stream]
        wanted = [entry | {"f": stream} for entry in expected]
        assert len(found) == len(wanted)
        assert all(entry in wanted for entry in found)


@given(data=st.data())
def test_figures_are_the_same_whatever_order_events_arrive_in(data: st.DataObject) -> None:
    """All that the table says of one kind of case, together, in any order, some of it twice."""
    kind = data.draw(st.sampled_from((AN, AL, JE, PE, CD, RC, "bankruptcy", "civil_dispute")))
    facts = [fact for item in COUNTED for fact in item[1] if _kind(fact) == kind]
    again = data.draw(st.lists(st.sampled_from(facts), max_size=3))
    once = folded(facts)
    assert once
    assert folded(data.draw(st.permutations([*facts, *again]))) == once


def folded(facts: list[f.Heard]) -> list[Entry]:
    state = Subject(CASE)
    for fact in facts:
        state = evolve(state, fact)
    return entries(state)


def _kind(fact: f.Heard) -> str | None:
    return getattr(fact, "kind", None) or getattr(getattr(fact, "about", None), "kind", None)


def test_every_figure_stands_in_one_section_and_is_defined_in_both_languages() -> None:
    shown = [figure.id for section in SECTIONS for figure in section.figures(city=True)]
    assert sorted(shown) == sorted(FIGURES)
    for figure in FIGURES.values():
        for said in (figure.name, figure.by, figure.cohort, figure.definition):
            assert said.zh
            assert said.en


def test_figures_and_tables_add_up_what_there_is() -> None:
    tables = [table for section in SECTIONS for table in section.tables]
    columns = [column for table in tables for column in table.columns]
    parts = [figure.top for figure in FIGURES.values()] + [column.top for column in columns]
    parts += [figure.bottom for figure in FIGURES.values() if figure.bottom]
    parts += [column.bottom for column in columns if column.bottom]
    for part in parts:
        stream = STREAMS[part.stream]
        assert part.sum in stream.sums
        assert set(part.where) <= set(stream.keys)
    for table in tables:
        for name in table.streams:
            assert set(table.by) <= {*STREAMS[name].keys, "division", "quarter"}


def test_entries_hold_what_their_stream_declares() -> None:
    for _, facts, _, _ in COUNTED:
        for entry in folded(facts):
            stream = STREAMS[entry["f"]]
            assert set(entry) <= {"f", "on", "d", *stream.sums, *stream.keys}


def test_a_county_has_no_figures_of_the_citys_own() -> None:
    city, county = (
        {figure.id for section in SECTIONS for figure in section.figures(city=is_city)}
        for is_city in (True, False)
    )
    assert city - county == {
        "reconsideration.city", "reconsideration.city_yearly", "reconsideration.ratio",
        "lawsuits.intermediate", "lawsuits.intermediate_yearly",
    }  # fmt: skip


def test_words_are_there_for_what_is_told_apart() -> None:
    assert {"kind", "task", "stage", "source", "phase", "verdict", "decision"} <= set(WORDS)
