"""Joins a case to the others it is shown with: what a caller may see of them is named."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.routing.access import scope
from services.routing.clusters import Sizing, cluster_of, shown
from services.routing.labels import label
from services.routing.link_facts import Cluster
from services.routing.model import Case
from services.routing.naming import likenesses
from services.routing.store import Store
from services.runtime.auth import Caller

Json = dict[str, Any]


async def links(store: Store, caller: Caller, state: Case) -> list[Json]:
    """List the case's links; number and title of the other where the caller may see it."""
    visible = await _visible(store, caller, (item.other for item in state.links))
    return [
        {
            "other": item.other,
            "relation": label(item.relation),
            "reason": item.reason,
            "side": item.side,
            "at": item.at,
            "by": item.by,
            **visible.get(item.other, {"number": None, "title": None}),
        }
        for item in state.links
    ]


async def told_clusters(store: Store, caller: Caller, state: Case) -> list[Json]:
    """List the clusters as the case was last told of them."""
    return await _clusters(store, caller, list(state.clusters.values()))


async def clusters_now(store: Store, caller: Caller, state: Case, sizing: Sizing) -> list[Json]:
    """Count the cases alike to this one as they are listed now, and show the clusters."""
    if state.filing is None:
        return []
    found = []
    for likeness in likenesses(state.filing):
        span = sizing.span(state.filing.filed_on)
        size = await store.count_alike(likeness.key, span)
        if size >= sizing.least:
            members = await store.alike(likeness.key, span)
            if members:
                found.append(cluster_of(state.case_id, likeness, members, size, sizing))
    return await _clusters(store, caller, found)


async def _clusters(store: Store, caller: Caller, found: Sequence[Cluster]) -> list[Json]:
    names = {name for cluster in found for name in cluster.cases}
    visible = await _visible(store, caller, names)
    return [shown(cluster, visible) for cluster in found]


async def _visible(
    store: Store, caller: Caller, cases: Iterable[str]
) -> Mapping[str, Mapping[str, Any]]:
    wanted = sorted(set(cases))
    return await store.titles(scope(caller), wanted) if wanted else {}
