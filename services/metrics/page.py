"""The bulletin as people and programs read it: figures with definitions, and tables. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.metrics.catalogue.figure import Figure, Words
from services.metrics.catalogue.tables import BYS, Column, Table
from services.metrics.cubes import Key, added
from services.metrics.labels import label, order
from services.metrics.places import Places
from services.metrics.values import Value, change, shown

Json = dict[str, Any]
TOTAL = Words("合计", "total")


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure's value, and how many subjects stand behind it (None: not counted here)."""

    value: Value
    cases: int | None = None
    digest: str | None = None


def words(said: Words) -> Json:
    """Write a text in both languages."""
    return {"zh": said.zh, "en": said.en}


def figure_page(
    figure: Figure, counted: Counted, compared: Mapping[str, Value | None], cut: Words | None = None
) -> Json:
    """Write one figure. Of a compared period in which nothing is recorded nothing is said."""
    value = counted.value
    page: Json = {
        "id": figure.id,
        **words(figure.name),
        "value": value.number,
        "exact": value.exact,
        "shown": shown(figure.shape, value),
        "unit": words(figure.unit),
        "definition": words(figure.definition),
        "cumulative": figure.cumulative,
        "cases": counted.cases,
    }
    if counted.digest:
        page["digest"] = counted.digest
    if compared:
        page["comparisons"] = [
            _comparison(figure, value, name, then) for name, then in compared.items()
        ]
    if cut:
        page["note"] = words(cut)
    return page


def _comparison(figure: Figure, now: Value, name: str, then: Value | None) -> Json:
    if then is None:
        return {"with": name, "value": None, "shown": None, "change": None, "percent": None}
    by, grown = change(figure.shape, now, then)
    page = {"with": name, "value": then.number, "exact": then.exact}
    return {**page, "shown": shown(figure.shape, then), "change": by, "percent": grown}


def table_page(table: Table, rows: Mapping[Key, Sequence[int | None]], places: Places) -> Json:
    """Write one table: labels in words, numbers as numbers, money and shares as printed."""

    def place(key: Key) -> list[tuple[int, str]]:
        return [order(by, value) for by, value in zip(table.by, key, strict=True)]

    columns = [{"id": by, **words(BYS[by]), "kind": "text"} for by in table.by]
    columns += [
        {"id": column.id, **words(column.name), "kind": _kind(column)} for column in table.columns
    ]
    page: Json = {"id": table.id, **words(table.name), "columns": columns}
    page["keys"] = [list(key) for key in sorted(rows, key=place)]
    page["rows"] = [
        [
            *(words(label(by, value, places)) for by, value in zip(table.by, key, strict=True)),
            *_cells(table.columns, rows[key]),
        ]
        for key in sorted(rows, key=place)
    ]
    if len(rows) > 1:
        blank: list[Json | None] = [None] * (len(table.by) - 1)
        page["total"] = [words(TOTAL), *blank, *_cells(table.columns, added(rows.values()))]
    if table.note:
        page["note"] = words(table.note)
    return page


def _kind(column: Column) -> str:
    return "share" if column.kind == "share" else "number"


def _cells(columns: Sequence[Column], sums: Sequence[int | None]) -> list[int | str | None]:
    cells: list[int | str | None] = []
    for number, column in enumerate(columns):
        top, bottom = sums[2 * number] or 0, sums[2 * number + 1] or 0
        if column.kind == "number":
            cells.append(top)
        else:
            cells.append(shown(column.kind, Value(top, bottom if column.bottom else 1)))
    return cells
