"""Looks for cases like those that have just come in, and has their offices told."""

from collections import OrderedDict
from datetime import UTC, datetime, timedelta

from services.routing.clusters import Sizing, cluster_of, to_tell
from services.routing.facts import Fact
from services.routing.inputs import Input, LikeCases
from services.routing.link_facts import Cluster
from services.routing.model import Case
from services.routing.naming import likenesses
from services.routing.store import Store
from services.runtime.engine import Engine
from services.runtime.streams import Work

BY = "clusters"
PAGE = 500
OVERLAP = timedelta(seconds=60)
"""How far back each look begins again: the listing lags, and several copies of routing write it.

A case that is listed later than this is not lost: it counts as soon as a like one comes in.
"""
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Clustering:
    """One look after another at the cases that came in since the last."""

    def __init__(self, engine: Engine[Case, Input, Fact], store: Store, sizing: Sizing) -> None:
        """Begin where the mark in the database is, which another copy may have moved."""
        self._engine, self._store, self._sizing = engine, store, sizing
        self._looked: OrderedDict[str, datetime] = OrderedDict()

    async def look(self) -> None:
        """Look at all that came in since the mark, and move it. Once more harmlessly."""
        mark = await self._store.mark() or BEGINNING
        position = (max(mark - OVERLAP, BEGINNING), "")
        while page := await self._store.filed_after(*position, PAGE):
            position = page[-1]
            await self._compare([name for _, name in page if name not in self._looked])
            self._looked.update({name: at for at, name in page})
            if position[0] > mark:
                mark = position[0]
                await self._store.move_mark(mark)
        self._forget(mark - OVERLAP)

    async def _compare(self, cases: list[str]) -> None:
        """Have offices told of every cluster these cases are in. Raises what a decision does."""
        keys_of = await self._store.like_keys(cases)
        keys = sorted({key for found in keys_of.values() for key in found})
        crowded = await self._store.crowded(keys, self._sizing.least)
        for name, found in keys_of.items():
            if crowded.intersection(found):
                await self._tell(name, crowded)

    async def _tell(self, case_id: str, crowded: set[str]) -> None:
        filing = (await self._engine.state(case_id)).state.filing
        if filing is None:
            return
        span, news = self._sizing.span(filing.filed_on), dict[str, list[Cluster]]()
        for likeness in likenesses(filing):
            if likeness.key not in crowded:
                continue
            members = await self._store.alike(likeness.key, span)
            size = await self._store.count_alike(likeness.key, span)
            if not members:  # it is no longer listed as it was a moment ago
                continue
            newest = cluster_of(case_id, likeness, members, size, self._sizing)
            for name, cluster in to_tell(newest, case_id, members, self._sizing.least).items():
                news.setdefault(name, []).append(cluster)
        least = self._sizing.least
        works: list[Work[Input]] = [
            Work(name, LikeCases(tuple(found), least), by=BY) for name, found in news.items()
        ]
        for done in await self._engine.submit_many(works):
            if isinstance(done, BaseException):
                raise done

    def _forget(self, before: datetime) -> None:
        while self._looked and next(iter(self._looked.values())) < before:
            self._looked.popitem(last=False)
