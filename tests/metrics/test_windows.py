"""Days cut in pieces: none lost, none twice."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo.errors import ExecutionTimeout, OperationFailure

from services.metrics import store as s
from services.metrics.catalogue.counting import STREAMS
from services.metrics.windows import CHUNK, CHUNKS, Window

DAY = timedelta(days=1)
DAYS = st.dates(date(1990, 1, 1), date(2030, 12, 31))


def days(window: Window) -> list[date]:
    assert window.begin
    return [window.begin + number * DAY for number in range((window.end - window.begin).days + 1)]


@given(begin=st.none() | DAYS, length=st.integers(0, 9000))
def test_pieces_are_the_whole(begin: date | None, length: int) -> None:
    end = (begin or date(2030, 1, 1)) + timedelta(days=length)
    pieces = list(Window("410500", begin, end).chunks())
    assert (pieces[0].begin, pieces[-1].end) == (begin, end)
    assert all(later.begin == piece.end + DAY for piece, later in pairwise(pieces))
    assert all(piece.begin <= piece.end for piece in pieces if piece.begin)
    assert len(pieces) <= CHUNKS + 2
    assert all(piece.end - piece.begin <= CHUNK for piece in pieces[1:] if piece.begin)


@given(begin=DAYS, length=st.integers(0, 400))
def test_halves_are_the_whole(begin: date, length: int) -> None:
    window = Window("410500", begin, begin + timedelta(days=length))
    halves = window.halves()
    assert [day for half in halves for day in days(half)] == (days(window) if length else [])


@given(begin=DAYS, length=st.integers(0, 400))
def test_whole_months_and_edges_are_the_whole(begin: date, length: int) -> None:
    window = Window("410500", begin, begin + timedelta(days=length))
    first, last = window.months() or ("~", "")
    edges = [day for edge in window.edges() for day in days(edge)]
    whole = [day for day in days(window) if first <= f"{day:%Y-%m}" <= last]
    assert sorted([*edges, *whole]) == days(window)
    assert all(
        (month.month, month.year) != (day.month, day.year) for month in whole for day in edges
    )


async def test_what_takes_too_long_is_asked_in_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    async def slow(
        _collection: object, pipeline: list[dict[str, dict[str, object]]]
    ) -> list[object]:
        on = pipeline[3]["$match"]["entries.on"]
        assert isinstance(on, dict)
        number = (date.fromisoformat(on["$lte"]) - date.fromisoformat(on["$gte"])).days + 1
        asked.append(number)
        if number > 8:
            raise ExecutionTimeout("too long", 50)
        return []

    monkeypatch.setattr(s, "aggregate", slow)
    store = s.Store({s.VIEW: None, "sums": None})
    month = Window("410500", date(2024, 4, 1), date(2024, 4, 30))
    assert await store.cube(month, STREAMS["filed"]) == []
    assert sum(number for number in asked if number <= 8) == 30

    async def broken(_collection: object, _pipeline: object) -> list[object]:
        raise OperationFailure("no")

    monkeypatch.setattr(s, "aggregate", broken)
    with pytest.raises(OperationFailure):
        await store.cube(month, STREAMS["filed"])
