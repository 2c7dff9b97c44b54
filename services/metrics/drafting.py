"""A bulletin as it comes out now: the database's sums, put in order and worded."""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.metrics.catalogue.counting import STREAMS
from services.metrics.catalogue.figure import Figure, Part, Words
from services.metrics.catalogue.sections import COMPARED, FIGURES, SECTIONS, Section
from services.metrics.cubes import Row, Sum, tabulated, total
from services.metrics.page import Counted, figure_page, table_page, words
from services.metrics.periods import Period
from services.metrics.places import Places
from services.metrics.ranking import ranked
from services.metrics.special_pages import double_decline, projects_page, ranking_page
from services.metrics.stalls import Stalled, longest, stalled
from services.metrics.store import Store
from services.metrics.values import Value, valued
from services.metrics.windows import Window, window

Json = dict[str, Any]
AT_ONCE = 4
"""Questions the database is asked side by side."""
LONGEST = "projects.longest_stall"
Wanted = tuple[str, bool]
"""A stream, and whether of all up to the end."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Of which division, on which days."""

    division: str
    period: Period

    @property
    def city(self) -> bool:
        """Whether it is the city's: counties have no figures of the intermediate court."""
        return self.division.endswith("00")

    def window(self, *, cumulative: bool) -> Window:
        """Give the days of a figure."""
        return window(self.division, self.period, cumulative=cumulative)


@dataclass(slots=True)
class Sums:
    """What the database added up for a scope."""

    cubes: dict[Wanted, list[Row]] = field(default_factory=dict)
    projects: list[Stalled] = field(default_factory=list)


class Drafting:
    """Makes bulletins of what is noted."""

    def __init__(self, store: Store, places: Places) -> None:
        """Work with a store; names are the deployment's."""
        self.store = store
        self.places = places
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def sections(self, scope: Scope, *, with_cases: bool = False) -> list[Json]:
        """Make all sections. `with_cases` digests the ids behind each figure, too."""
        sums = await self._sums(scope, _wanted(scope))
        figures = [item for section in SECTIONS for item in section.figures(city=scope.city)]
        counted = {item.id: _counted(item, sums, scope.period) for item in figures}
        if with_cases:
            await self._digest(scope, counted)
        compared = await self._compared(scope)
        late = await self._begins_late(scope)
        return [self._section(item, scope, sums, counted, compared, late) for item in SECTIONS]

    async def figure(self, scope: Scope, figure: Figure) -> Counted:
        """Count one figure."""
        parts = (figure.top, figure.bottom)
        wanted = {(part.stream, figure.cumulative) for part in parts if part}
        return _counted(figure, await self._sums(scope, wanted), scope.period)

    async def rows(self, scope: Scope, stream: str) -> list[Row]:
        """Add up one stream by its keys."""
        return await self.store.cube(scope.window(cumulative=False), STREAMS[stream])

    async def cases(
        self, scope: Scope, figure: Figure, office: str | None = None
    ) -> dict[str, Json]:
        """Find what stands behind a figure (of one office): documents by id, with their entries."""
        part = figure.shown_by
        if office:
            part = replace(part, where={**part.where, "office": office})
        days = scope.window(cumulative=figure.cumulative)
        found: dict[str, Json] = {}
        async for item in self.store.behind(days, part.stream, part):
            if _adds(item["entries"], part):
                found[item["_id"]] = item
        return found

    async def _sums(self, scope: Scope, wanted: Iterable[Wanted]) -> Sums:
        sums = Sums()

        async def add(stream: str, *, cumulative: bool) -> None:
            async with self._turn:
                rows = await self.store.cube(scope.window(cumulative=cumulative), STREAMS[stream])
                sums.cubes[stream, cumulative] = rows

        await asyncio.gather(*(add(stream, cumulative=all_) for stream, all_ in wanted))
        if ("projects", True) in sums.cubes:
            sums.projects = await self._projects(scope)
        return sums

    async def _projects(self, scope: Scope) -> list[Stalled]:
        cases = await self.cases(scope, FIGURES[LONGEST])
        documents = await self.store.some(list(cases))
        return stalled(documents.values(), scope.period.end)

    async def _digest(self, scope: Scope, counted: dict[str, Counted]) -> None:
        """Put the sorted ids behind each figure into its digest, stream by stream."""
        by_stream: dict[Wanted, list[Figure]] = {}
        for id_ in counted:
            figure = FIGURES[id_]
            by_stream.setdefault((figure.shown_by.stream, figure.cumulative), []).append(figure)
        for (stream, cumulative), figures in by_stream.items():
            ids: dict[str, list[str]] = {figure.id: [] for figure in figures}
            async for item in self.store.behind(scope.window(cumulative=cumulative), stream):
                for figure in figures:
                    if _adds(item["entries"], figure.shown_by):
                        ids[figure.id].append(item["_id"])
            for id_, found in ids.items():
                counted[id_] = Counted(counted[id_].value, len(found), digest(found))

    async def _compared(self, scope: Scope) -> dict[str, dict[str, Value | None]]:
        """Count the compared figures in the periods they are set against; None: no record."""
        then = {"before": scope.period.before(), "year_before": scope.period.year_before()}
        wanted = {
            (part.stream, False)
            for name in COMPARED
            for part in (FIGURES[name].top, FIGURES[name].bottom)
            if part
        }
        found: dict[str, dict[str, Value | None]] = {}
        for name, period in then.items():
            other = Scope(scope.division, period)
            sums = await self._sums(other, wanted)
            nothing = not any(sums.cubes.values())
            found[name] = {
                id_: None if nothing else _counted(FIGURES[id_], sums, period).value
                for id_ in COMPARED
            }
        return found

    async def _begins_late(self, scope: Scope) -> Words | None:
        """Say so where the record begins only within a compared period."""
        first = await self.store.first_day()
        if first is None or first <= scope.period.year_before().begin.isoformat():
            return None
        return Words(
            f"系统内最早的案件提请于{first}，此前无记录。",
            f"The first case on record was filed on {first}; nothing before is recorded.",
        )

    def _section(  # noqa: PLR0913, PLR0917 - what a section is made of
        self,
        section: Section,
        scope: Scope,
        sums: Sums,
        counted: Mapping[str, Counted],
        compared: Mapping[str, Mapping[str, Value | None]],
        late: Words | None,
    ) -> Json:
        figures = section.figures(city=scope.city)
        page: Json = {"id": section.id, **words(section.name)}
        if section.id == "lawsuits":
            now = {id_: counted[id_].value for id_ in COMPARED}
            page["says"] = double_decline(now, compared)
        page["figures"] = [
            figure_page(
                figure,
                counted[figure.id],
                {name: then[figure.id] for name, then in compared.items()}
                if figure.id in COMPARED
                else {},
                late if figure.id in COMPARED else None,
            )
            for figure in figures
        ]
        page["tables"] = [
            *self._special(section, sums),
            *(
                table_page(table, tabulated(table, _cubes(sums, table.cumulative)), self.places)
                for table in section.tables
            ),
        ]
        return page

    def _special(self, section: Section, sums: Sums) -> list[Json]:
        if section.id == "offices":
            return [ranking_page(ranked(sums.cubes["assignments", False]), self.places)]
        if section.id == "projects":
            settled: dict[str, int] = {}
            for row in sums.cubes["house_sales", False]:
                project = row.keys.get("project") or ""
                settled[project] = settled.get(project, 0) + row.sums["n"]
            return [projects_page(sums.projects, settled, self.places)]
        return []


def digest(ids: Sequence[str]) -> str:
    """Give the SHA-256 of the sorted ids, one a line."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()


def _wanted(scope: Scope) -> set[Wanted]:
    found: set[Wanted] = set()
    for section in SECTIONS:
        for figure in section.figures(city=scope.city):
            parts = (figure.top, figure.bottom)
            found |= {(part.stream, figure.cumulative) for part in parts if part}
        for table in section.tables:
            found |= {(stream, table.cumulative) for stream in table.streams}
    return found


def _cubes(sums: Sums, cumulative: bool) -> dict[str, list[Row]]:  # noqa: FBT001 - a table's own
    return {stream: rows for (stream, all_), rows in sums.cubes.items() if all_ is cumulative}


def _counted(figure: Figure, sums: Sums, period: Period) -> Counted:
    if figure.id == LONGEST:
        years = longest(sums.projects)
        return Counted(Value(years or 0, 0 if years is None else 1), len(sums.projects))
    top = _total(figure.top, figure, sums)
    bottom = _total(figure.bottom, figure, sums) if figure.bottom else None
    value = valued(figure, top.value, bottom.value if bottom else None, period.months)
    behind = bottom if figure.whole and bottom else top
    single = STREAMS[figure.shown_by.stream].single
    return Counted(value, behind.entries if single else None)


def _total(part: Part, figure: Figure, sums: Sums) -> Sum:
    return total(sums.cubes[part.stream, figure.cumulative], part)


def _adds(entries: Iterable[Mapping[str, Any]], part: Part) -> bool:
    """Tell whether a document's entries add anything to a part."""
    added = (
        int(entry.get(part.sum, 0))
        for entry in entries
        if all(entry.get(name) == value for name, value in part.where.items())
    )
    return sum(added) != 0
