"""How wide a table's columns have to be, in half-width characters."""

import re
from collections.abc import Sequence

from rich.cells import cell_len

from services.cli.bulletins.page import Table

SHORT = 12
"""A text of so many half-widths stands on one line."""
SLACK = 2
"""Word sets Chinese and digits a little apart."""
_WORDS = re.compile(r"[^\s\u2e80-\u9fff\uff00-\uffef]+|\S")


def lines(table: Table, place: int) -> list[str]:
    """Give all lines of a column but its head's."""
    rows = (*table.rows, *((table.total,) if table.total else ()))
    return [line for row in rows for line in row[place].split("\n")]


def is_short(text: str) -> bool:
    """Tell whether a cell's lines are so short that none should be broken."""
    return all(cell_len(line) <= SHORT for line in text.split("\n"))


def least(table: Table, place: int) -> int:
    """Give the width under which a column breaks a number, a word or a short text."""
    column = table.columns[place]
    whole = [line for line in lines(table, place) if column.right or is_short(line)]
    words = [word for line in lines(table, place) for word in _WORDS.findall(line)]
    texts = (*whole, *words, *_WORDS.findall(column.head))
    widest = max(map(cell_len, texts), default=1) + (SLACK if column.right else 0)
    return max(widest, *(_of_head(line) for line in column.head.split("\n")))


def _of_head(line: str) -> int:
    """Give what a line of a head needs: a long one may be broken, about its middle."""
    length = cell_len(line)
    return length if length <= SHORT // 2 else min(length, SHORT) // 2 + 2


def most(table: Table, place: int) -> int:
    """Give the width at which nothing of a column is broken."""
    texts = (*lines(table, place), *table.columns[place].head.split("\n"))
    return max(*map(cell_len, texts), least(table, place))


def shared(table: Table, room: int) -> tuple[int, ...]:
    """Share `room` among the columns: to each the least it needs, the rest by what more they want.

    The widths add up to `room`; where even the least doesn't fit, each is cut alike.
    """
    places = range(len(table.columns))
    small = [least(table, place) for place in places]
    large = [most(table, place) for place in places]
    left = room - sum(small)
    if left < 0:
        return _scaled(small, room)
    wanted = [most_ - least_ for most_, least_ in zip(large, small, strict=True)]
    if sum(wanted) <= left:
        return _scaled(large, room)
    given = _scaled(wanted, left)
    return tuple(least_ + more for least_, more in zip(small, given, strict=True))


def _scaled(parts: Sequence[int], whole: int) -> tuple[int, ...]:
    """Scale whole numbers so that they add up to `whole` exactly."""
    total, given, found, before = sum(parts), 0, [], 0
    for part in parts:
        given += part
        upto = whole * given // total if total else 0
        found.append(upto - before)
        before = upto
    return tuple(found)
