"""The ledger is exact for ever."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuyuan_contracts.identifiers import MAX_FEN
from services.runtime.domain import RefusedError
from services.tracker.ledger import enter, reversed_by, total, totals
from services.tracker.model import MAX_TOTAL_FEN, Fund, Funded, Funder, Reverse

TODAY = date(2024, 9, 6)
DAY = date(2024, 9, 2)
LOAN = Fund("贷-1", Funder.SPECIAL_LOAN, 12_000_000_000, DAY)
ENTRY = Funded("贷-1", Funder.SPECIAL_LOAN, 12_000_000_000, DAY)
TAKEN_BACK = Reverse("退-1", "贷-1", TODAY)


def test_a_total_fits_the_event_that_carries_it() -> None:
    assert MAX_TOTAL_FEN == MAX_FEN


def test_an_entry_counts_once_however_often_it_is_given() -> None:
    assert enter((), LOAN, TODAY) == (ENTRY,)
    assert enter((ENTRY,), LOAN, TODAY) == ()


@pytest.mark.parametrize(
    "other",
    [
        Fund("贷-1", Funder.SPECIAL_LOAN, 1, DAY),
        Fund("贷-1", Funder.OWNERS, 12_000_000_000, DAY),
        Fund("贷-1", Funder.SPECIAL_LOAN, 12_000_000_000, TODAY),
        Reverse("贷-1", "贷-1", DAY),
    ],
)
def test_a_reference_is_never_used_for_something_else(other: Fund | Reverse) -> None:
    with pytest.raises(RefusedError) as refused:
        enter((ENTRY,), other, TODAY)
    assert refused.value.field is None
    assert "another entry with the reference 贷-1" in refused.value.message


def test_a_reversal_takes_the_whole_entry_back_once() -> None:
    (back,) = enter((ENTRY,), TAKEN_BACK, TODAY)
    assert back == Funded("退-1", Funder.SPECIAL_LOAN, -12_000_000_000, TODAY, "贷-1")
    both = (ENTRY, back)
    assert total(both) == 0
    assert reversed_by(both) == {"贷-1": "退-1"}
    assert enter(both, TAKEN_BACK, TODAY) == ()
    with pytest.raises(RefusedError, match="reversed before, by 退-1"):
        enter(both, Reverse("退-2", "贷-1", TODAY), TODAY)


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (Fund("r", Funder.OWNERS, 0, DAY), "amount_fen"),
        (Fund("r", Funder.OWNERS, -5, DAY), "amount_fen"),
        (Fund("r", Funder.OWNERS, MAX_TOTAL_FEN, DAY), "amount_fen"),
        (Fund("r", Funder.OWNERS, 5, date(2024, 9, 7)), "on"),
        (Reverse("r", "unknown", DAY), "reverses"),
        (Reverse("r", "退-0", TODAY), "reverses"),
        (Reverse("r", "贷-1", date(2024, 9, 1)), "on"),
        (Reverse("r", "贷-1", date(2024, 9, 7)), "on"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(bad: Fund | Reverse, field: str) -> None:
    entries = (
        ENTRY,
        Funded("旧", Funder.OWNERS, 7, DAY),
        Funded("退-0", Funder.OWNERS, -7, DAY, "旧"),
    )
    with pytest.raises(RefusedError) as refused:
        enter(entries, bad, TODAY)
    assert refused.value.field == field


references = st.sampled_from([f"r{number}" for number in range(8)])
funds = st.builds(
    Fund,
    references,
    st.sampled_from(Funder),
    st.integers(-1, 3) | st.integers(1, MAX_TOTAL_FEN),
    st.just(DAY),
)
reversals = st.builds(Reverse, references, references, st.just(TODAY))


@settings(max_examples=150, deadline=None)
@given(st.lists(funds | reversals, max_size=40))
def test_any_sequence_gives_the_exact_sum_of_what_was_entered_and_not_taken_back(
    given: list[Fund | Reverse],
) -> None:
    ledger: tuple[Funded, ...] = ()
    standing: dict[str, Fund] = {}  # the plain model: what was taken in, less what was taken back
    used: set[str] = set()
    for item in given:
        try:
            new = enter(ledger, item, TODAY)
        except RefusedError:
            continue
        assert len(new) <= 1
        if not new:
            assert item.reference in used
            continue
        ledger += tuple(new)
        assert item.reference not in used
        used.add(item.reference)
        if isinstance(item, Fund):
            standing[item.reference] = item
        else:
            del standing[item.reverses]
        assert 0 <= total(ledger) <= MAX_TOTAL_FEN
    by_source: Counter[Funder] = Counter(dict.fromkeys(Funder, 0))
    for fund in standing.values():
        by_source[fund.source] += fund.amount_fen
    assert totals(ledger) == dict(by_source)
    assert total(ledger) == sum(by_source.values())
    assert all(enter(ledger, item, TODAY) == () for item in standing.values())
