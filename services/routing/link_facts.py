"""Facts that join a case to others: links by a person's word, clusters of like cases."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Side = Literal["from", "to"]


@dataclass(frozen=True, slots=True)
class Linked:
    """A person has linked this case and another; both cases have the fact, one from each side."""

    other: str
    relation: str
    reason: str
    side: Side
    at: datetime
    by: str | None = None
    type: Literal["linked"] = "linked"


@dataclass(frozen=True, slots=True)
class LinkedSent:
    """That news leaves for the inbox of an office with open assignments of the case."""

    office: str
    assignment_ids: tuple[str, ...]
    other: str
    relation: str
    reason: str
    side: Side
    at: datetime
    type: Literal["linked_sent"] = "linked_sent"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Cases alike within a window, this one included."""

    alike: Literal["party", "project", "action"]
    key: str
    """What they have in common, as it is compared; never shown."""
    what: str
    size: int
    window_days: int
    since: date
    """The day the earliest of them was filed."""
    cases: tuple[str, ...]
    """The latest others."""


@dataclass(frozen=True, slots=True)
class Clustered:
    """The case was found alike to others, or a cluster of it has grown."""

    clusters: tuple[Cluster, ...]
    at: datetime
    type: Literal["clustered"] = "clustered"


@dataclass(frozen=True, slots=True)
class ClusteredSent:
    """That news leaves for the inbox of an office with open assignments of the case."""

    office: str
    assignment_ids: tuple[str, ...]
    clusters: tuple[Cluster, ...]
    at: datetime
    type: Literal["clustered_sent"] = "clustered_sent"
