"""A bulletin as it comes out now: the database's sums, put in order and worded."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.metrics.adding import LONGEST, Sums, Wanted, adds, count, cubes, digest, needed
from services.metrics.catalogue.counting import STREAMS
from services.metrics.catalogue.figure import Figure, Words
from services.metrics.catalogue.sections import COMPARED, FIGURES, SECTIONS, Section
from services.metrics.cubes import Row, tabulated
from services.metrics.page import Counted, figure_page, table_page, words
from services.metrics.periods import Period
from services.metrics.places import Places
from services.metrics.ranking import ranked
from services.metrics.special_pages import double_decline, projects_page, ranking_page
from services.metrics.stalls import Stalled, stalled
from services.metrics.store import Store
from services.metrics.values import Value
from services.metrics.windows import Window, window
from services.runtime.http import UnavailableError

Json = dict[str, Any]
AT_ONCE = 2
"""Questions the database is asked side by side."""
TRIES = 3
"""Times a bulletin is counted anew because something came in while it was."""


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


class Drafting:
    """Makes bulletins of what is noted."""

    def __init__(self, store: Store, places: Places) -> None:
        """Work with a store; names are the deployment's."""
        self.store = store
        self.places = places
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def sections(self, scope: Scope, *, with_cases: bool = False) -> list[Json]:
        """Make all sections. `with_cases` digests the ids behind each figure, too."""
        figures = [item for section in SECTIONS for item in section.figures(city=scope.city)]
        for _ in range(TRIES):
            sums = await self._sums(scope, needed(city=scope.city))
            counted = {item.id: count(item, sums, scope.period) for item in figures}
            if not with_cases or await self._digest(scope, counted):
                break
        else:
            raise UnavailableError  # it is still coming in: what is counted now is no record
        compared = await self._compared(scope)
        late = await self._begins_late(scope)
        return [self._section(item, scope, sums, counted, compared, late) for item in SECTIONS]

    async def figure(self, scope: Scope, figure: Figure) -> Counted:
        """Count one figure."""
        parts = (figure.top, figure.bottom)
        wanted = {(part.stream, figure.cumulative) for part in parts if part}
        return count(figure, await self._sums(scope, wanted), scope.period)

    async def rows(self, scope: Scope, stream: str) -> list[Row]:
        """Add up one stream by its keys."""
        return (await self._sums(scope, {(stream, False)})).cubes[stream, False]

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
            if adds(item["entries"], part):
                found[item["_id"]] = item
        return found

    async def _sums(self, scope: Scope, wanted: Iterable[Wanted]) -> Sums:
        sums = Sums()
        windows = {it: scope.window(cumulative=it[1]) for it in wanted}
        async with self._turn:
            known = await self.store.months({it: (it[0], days) for it, days in windows.items()})

        async def add(it: Wanted, days: Window) -> None:
            rows = [] if known is None else known[it]
            for piece in (days,) if known is None else days.edges():
                async with self._turn:
                    rows += await self.store.cube(piece, STREAMS[it[0]])
            sums.cubes[it] = rows

        await asyncio.gather(*(add(*item) for item in windows.items()))
        if ("projects", True) in sums.cubes:
            sums.projects = await self._projects(scope)
        return sums

    async def _projects(self, scope: Scope) -> list[Stalled]:
        cases = await self.cases(scope, FIGURES[LONGEST])
        documents = await self.store.some(list(cases))
        return stalled(documents.values(), scope.period.end)

    async def _digest(self, scope: Scope, counted: dict[str, Counted]) -> bool:
        """Put the sorted ids behind each figure into its digest, stream by stream.

        False where they are no longer those that were counted.
        """
        by_stream: dict[Wanted, list[Figure]] = {}
        for id_ in counted:
            figure = FIGURES[id_]
            by_stream.setdefault((figure.shown_by.stream, figure.cumulative), []).append(figure)
        for (stream, cumulative), figures in by_stream.items():
            ids: dict[str, list[str]] = {figure.id: [] for figure in figures}
            async for item in self.store.behind(scope.window(cumulative=cumulative), stream):
                for figure in figures:
                    if adds(item["entries"], figure.shown_by):
                        ids[figure.id].append(item["_id"])
            for id_, found in ids.items():
                if counted[id_].cases not in {None, len(found)}:
                    return False
                counted[id_] = Counted(counted[id_].value, len(found), digest(found))
        return True

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
                id_: None if nothing else count(FIGURES[id_], sums, period).value
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
                table_page(
                    table, tabulated(table, cubes(sums, cumulative=table.cumulative)), self.places
                )
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
