"""What becomes of a case when it is linked to another, or found alike to others. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from services.routing.facts import Fact
from services.routing.inputs import LikeCases, Link
from services.routing.link_facts import Clustered, ClusteredSent, Linked, LinkedSent
from services.routing.model import Case
from services.runtime.domain import NotYetError, RefusedError

MOST_LINKS = 200
"""Links of one case made from it; more are no help to anybody."""
STEPS = (3, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Sizes at which a cluster is told again: ever rarer, so that a flood of filings is none of news.

From the last on, every doubling.
"""
DIRECTED = frozenset({"continues"})
"""Relations that say another thing when they are turned round."""


def link(state: Case, given: Link, now: datetime) -> Sequence[Fact]:
    """Link a case to another. Nothing for a link that is there, from whichever side.

    Raises NotYetError for a case not known here, RefusedError for a link to itself (field `other`)
    or one too many.
    """
    if state.filing is None:
        msg = f"{state.case_id} has not been filed here"
        raise NotYetError(msg)
    if given.other == state.case_id:
        raise RefusedError("expected another case than the one it is linked from", "other")
    if any(_same(known, given) for known in state.links):
        return ()
    if given.side == "from" and len(state.links) >= MOST_LINKS:
        msg = f"{state.case_id} has {MOST_LINKS} links already"
        raise RefusedError(msg)
    said = (given.other, given.relation, given.reason, given.side, now)
    told = [LinkedSent(office, ids, *said) for office, ids in _at_work(state)]
    return [Linked(*said, given.by), *told]


def like_cases(state: Case, given: LikeCases, now: datetime) -> Sequence[Fact]:
    """Tell a case's offices of clusters that are new to it or have grown by a step.

    Nothing for a case that is closed.
    """
    if state.filing is None:
        raise NotYetError
    news = tuple(
        cluster
        for cluster in given.clusters
        if has_grown(_told(state, cluster.key), cluster.size, given.least)
    )
    if state.closed or not news:
        return ()
    sent = [ClusteredSent(office, ids, news, now) for office, ids in _at_work(state)]
    return [Clustered(news, now), *sent]


def _at_work(state: Case) -> list[tuple[str, tuple[str, ...]]]:
    """List the offices at work on a case, with their open assignments of it."""
    open_of: dict[str, list[str]] = defaultdict(list)
    for assignment in state.open():
        open_of[assignment.issue.office].append(assignment.issue.assignment_id)
    return [(office, tuple(ids)) for office, ids in sorted(open_of.items())]


def has_grown(told: int, size: int, least: int) -> bool:
    """Tell whether a cluster of `size` is worth telling when it was last told with `told` (or 0).

    It is from `least` on, then whenever it has come to another of `STEPS`.
    """
    return size >= max(least, 2) and step(size, least) > step(told, least)


def step(size: int, least: int) -> int:
    """Give the greatest size up to this one at which a cluster is told; 0 below the least."""
    if size < least:
        return 0
    reached = max(mark for mark in (least, *STEPS) if mark <= size)
    while reached >= STEPS[-1] and reached * 2 <= size:
        reached *= 2
    return reached


def _told(state: Case, key: str) -> int:
    known = state.clusters.get(key)
    return known.size if known else 0


def _same(known: Linked, given: Link) -> bool:
    if (known.other, known.relation) != (given.other, given.relation):
        return False
    return known.side == given.side or given.relation not in DIRECTED
