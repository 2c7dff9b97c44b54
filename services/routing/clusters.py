"""Which cases are alike: the same party, project or agency action within a window of days. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from services.routing.link_facts import Cluster
from services.routing.linking import has_grown
from services.routing.naming import Likeness

OTHERS = 20
"""Others that a cluster names: the latest."""


@dataclass(frozen=True, slots=True)
class Sizing:
    """What makes a cluster: how many days its cases may be apart, and how many they are at least.

    The window reaches from a case's own day (`filed_on`) that many days back, and as many ahead:
    what was filed late, about the past, has the same neighbours as what was filed in time.
    """

    window_days: int = 90
    least: int = 3

    def span(self, day: date) -> tuple[date, date]:
        """Give the first and the last day of the window around a day."""
        reach = timedelta(days=self.window_days)
        first = day - reach if day - date.min > reach else date.min
        last = day + reach if date.max - day > reach else date.max
        return first, last


@dataclass(frozen=True, slots=True)
class Member:
    """A case that shares a likeness, as far as it is listed."""

    case_id: str
    filed_on: date
    open: bool
    told: Mapping[str, int]
    """The size of each cluster it was last told of."""


def as_listed(item: Mapping[str, Any]) -> Member:
    """Read a member out of the list of cases."""
    told = {said["key"]: said["size"] for said in item.get("told", ())}
    day = date.fromisoformat(item["filed_on"])
    return Member(item["_id"], day, item["state"] != "closed", told)


def cluster_of(
    case_id: str, likeness: Likeness, members: Iterable[Member], size: int, sizing: Sizing
) -> Cluster:
    """Word a cluster as one of its cases is told of it.

    `members` are in the window, this case among them or not yet; `size` counts all of them, of
    which there may be more than are given.
    """
    ordered = sorted(members, key=lambda item: (item.filed_on, item.case_id), reverse=True)
    others = [item.case_id for item in ordered if item.case_id != case_id]
    since = min(item.filed_on for item in ordered)
    return Cluster(
        alike=likeness.alike,
        key=likeness.key,
        what=likeness.what,
        size=size,
        window_days=sizing.window_days,
        since=since,
        cases=tuple(others[:OTHERS]),
    )


def to_tell(
    newest: Cluster, case_id: str, members: Sequence[Member], least: int
) -> dict[str, Cluster]:
    """Choose whom a cluster is news to, by case: the one just looked at, and the open ones.

    Each is told the others, itself left out. The decision on each case looks again at what it was
    told (`linking.like_cases`): a listing may lag.
    """
    named = (case_id, *newest.cases)
    told: dict[str, Cluster] = {}
    for member in members:
        known = member.told.get(newest.key, 0)
        wanted = member.case_id == case_id or member.open
        if wanted and has_grown(known, newest.size, least):
            others = tuple(name for name in named if name != member.case_id)
            told[member.case_id] = replace(newest, cases=others[:OTHERS])
    return told


def shown(cluster: Cluster, visible: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Show a cluster: every case counts, only those the caller may see are named."""
    return {
        "alike": cluster.alike,
        "what": cluster.what,
        "size": cluster.size,
        "window_days": cluster.window_days,
        "since": cluster.since,
        "cases": [{"case_id": name, **visible[name]} for name in cluster.cases if name in visible],
        "hidden": sum(name not in visible for name in cluster.cases),
    }
