"""What a case is listed under, and what a question asks for. Pure."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.grams import MOST, fold, holds, pieces, wanted
from services.routing.naming import names
from services.routing.rulebook import Filing
from services.routing.searching import POSITION, REST, Scope, Search, asked, listed, position

CASE = "c" + "a" * 24
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
NAMES = st.text("某甲乙置业有限公司安阳市ABcé ０１２（）()\u3000ﬁßİ", max_size=12)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("（2026）豫0526破1号", "(2026)豫0526破1号"),
        ("(2026) 豫 0526 破 1 号", "(2026)豫0526破1号"),
        ("征补〔2026〕1号", "征补(2026)1号"),
        ("征补［2026］1号", "征补(2026)1号"),
        ("ＡＢＣ Holdings", "abcholdings"),
        ("安阳市\u3000某置业", "安阳市某置业"),
        ("Straße", "strasse"),
        ("  ", ""),
    ],
)
def test_texts_are_compared_without_width_case_and_spaces(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_what_was_folded_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(NAMES, st.data())
def test_whoever_holds_a_part_of_a_name_holds_all_its_pieces(name: str, data: Any) -> None:
    whole = fold(name)
    start = data.draw(st.integers(0, len(whole)))
    part = whole[start : data.draw(st.integers(start, len(whole)))]
    assert holds([whole], part)
    held, complete = pieces((whole,))
    assert complete
    assert set(wanted(part)) <= {*held}


def test_the_pieces_of_one_document_are_bounded_and_it_is_said_when_some_are_left_out() -> None:
    many = tuple(chr(0x4E00 + 2 * number) + chr(0x4E01 + 2 * number) for number in range(MOST + 1))
    held, complete = pieces(many)
    assert len(held) == MOST
    assert not complete
    shown = {**SHOWN, "title": "题"}
    assert REST in listed(CASE, shown, many)["terms"]
    assert REST not in listed(CASE, shown, many[:50])["terms"]


SHOWN: dict[str, Any] = {
    "number": "（2026）豫0526破12号", "title": "某置业重整", "filer": "court.410526",
    "kind": "bankruptcy", "state": "open", "division": "410526", "offices": ["tax.410526"],
    "waiting": ["tax.410526"], "overdue": True, "desk": False, "filed_on": "2026-03-02",
    "filed_at": NOON,
}  # fmt: skip


def test_a_case_is_listed_under_what_it_shows() -> None:
    found = listed(CASE, SHOWN, ["安阳市某置业有限公司"])
    assert {
        "*", "f court.410526", "k bankruptcy", "s open", "d 4105", "d 410526", "o tax.410526",
        "w tax.410526", "overdue", "g 置业", "n (2026)", "n (",
    } <= {*found["terms"]}  # fmt: skip
    assert "desk" not in found["terms"]
    assert found["folded"] == ["(2026)豫0526破12号", "某置业重整", "安阳市某置业有限公司"]
    assert len(found["terms"]) == len({*found["terms"]})
    assert POSITION.fullmatch(found["order"])


@pytest.mark.parametrize(
    ("scope", "search", "leads"),
    [
        (Scope(), Search(), [("*",)]),
        (Scope(filer="court.410526"), Search(), [("f court.410526",)]),
        (Scope(divisions="4105"), Search(division="410526"), [("d 4105",), ("d 410526",)]),
        (Scope(), Search(division="410500"), [("d 4105",)]),
        (Scope(), Search(party="某置业"), [("g 某置", "+"), ("g 置业", "+")]),
        (Scope(), Search(party=" 某 "), [("*",)]),
        (Scope(filer="court.410526"), Search(q="某"), [("f court.410526",)]),
        (Scope(), Search(number="(2026) 豫"), [("n (2026)",)]),
        (Scope(), Search(number="X"), [("n x",)]),
        (Scope(), Search(overdue=True, desk=True), [("overdue",), ("desk",)]),
        (Scope(), Search(overdue=False), [("*",)]),
        (Scope(office="tax.410526"), Search(office="tax.410526"), [("o tax.410526",)]),
    ],
)
def test_a_question_says_what_may_lead_through_the_index(
    scope: Scope, search: Search, leads: list[tuple[str, ...]]
) -> None:
    assert list(asked(scope, search).leads) == leads


@given(st.text("（2026）豫0526破1号 x", min_size=1), st.integers(1, 80))
def test_a_number_is_listed_under_each_lead_a_beginning_of_it_gives(text: str, end: int) -> None:
    number = fold(text)
    found = listed(CASE, {**SHOWN, "number": text}, [])
    if beginning := number[:end]:
        ((lead,),) = asked(Scope(), Search(number=beginning)).leads
        assert lead in found["terms"]


def test_a_case_id_is_looked_up_as_such() -> None:
    for search in (Search(q=CASE), Search(number=f" {CASE.upper()} ")):
        question = asked(Scope(filer="court.410526"), search)
        assert question.case_ids == (CASE,)
        assert (question.q, question.number) == (None, None)
        assert question.terms == ("f court.410526",)


MOMENTS = st.integers(0, 10**11).map(lambda seconds: NOON + timedelta(seconds=seconds))


@given(st.lists(st.tuples(st.dates(date(1000, 1, 1)), MOMENTS), max_size=5))
def test_cases_stand_in_the_order_of_their_filing(filed: list[tuple[date, datetime]]) -> None:
    stands = [position(day.isoformat(), moment, CASE) for day, moment in filed]
    assert [filed[stands.index(item)] for item in sorted(stands)] == sorted(filed)
    assert all(POSITION.fullmatch(item) for item in stands)


def test_a_day_is_asked_for_with_its_whole_span() -> None:
    question = asked(Scope(), Search(filed_from=date(2026, 3, 2), filed_to=date(2026, 3, 2)))
    stands = position("2026-03-02", NOON + timedelta(days=30), CASE)
    assert question.since <= stands < question.until
    for day in ("2026-03-01", "2026-03-03"):
        assert not question.since <= position(day, NOON, CASE) < question.until
    assert asked(Scope(), Search(filed_to=date.max)).until > position("9999-12-31", NOON, CASE)


PERSON, FIRM, PROJECT = {"name": "张某"}, {"name": "某公司"}, {"name": "甲"}


@pytest.mark.parametrize(
    ("details", "found"),
    [
        ({"kind": "bankruptcy", "debtor": FIRM, "project": PROJECT}, ["某公司", "甲"]),
        ({"kind": "stalled_project", "project": PROJECT, "developer": FIRM}, ["某公司", "甲"]),
        ({"kind": "judgment_enforcement", "creditor": PERSON, "debtor": FIRM}, ["某公司", "张某"]),
        ({"kind": "penalty_enforcement", "penalised": PERSON}, ["张某"]),
        ({"kind": "credit_discipline", "subject": FIRM}, ["某公司"]),
        ({"kind": "civil_dispute", "parties": [PERSON, FIRM, PERSON]}, ["张某", "某公司"]),
        ({"kind": "administrative_dispute", "participants": [PERSON]}, ["张某"]),
        ({"kind": "administrative_lawsuit", "plaintiff": PERSON}, ["张某"]),
        ({"kind": "reconsideration", "applicant": FIRM}, ["某公司"]),
    ],
)  # fmt: skip
def test_the_parties_of_every_kind_are_found_by_name(
    details: dict[str, Any], found: list[str]
) -> None:
    filing = Filing(details["kind"], "410526", "ordinary", (), details)
    assert list(names(filing)) == found
    contact = {"contact": {"name": "李某", "ref": "x"}}
    filing = Filing(details["kind"], "410526", "ordinary", (), details, extra=contact)
    assert list(names(filing)) == [*found, "李某"]
