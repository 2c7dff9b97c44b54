"""Rehearsal: what other rules would have decided on the filings there are. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.routing.matching import explain
from services.routing.rulebook import Days, Filing, Rulebook

EXAMPLES = 50
KINDS = ("moved", "unroutable", "ambiguous", "routed", "dropped")
"""To another office; to the desk, for want of a rule or office, or by too many; to an office at
last, from the desk or as a new task; no task any more."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a task goes: to an office, or to the desk and why."""

    office: str | None = None
    desk: str | None = None

    def shown(self) -> dict[str, str]:
        """Give the one that it is."""
        return {"office": self.office} if self.office else {"desk": self.desk or ""}


@dataclass(frozen=True, slots=True)
class Move:
    """A task that goes elsewhere; None: there is no such task by those rules."""

    task: str
    was: Place | None
    now: Place | None

    @property
    def kind(self) -> str:
        """Say what becomes of the task: one of KINDS."""
        if self.now is None:
            return "dropped"
        if self.now.desk:
            return "ambiguous" if self.now.desk == "ambiguous" else "unroutable"
        return "moved" if self.was and self.was.office else "routed"


@dataclass(frozen=True, slots=True)
class Compared:
    """One filing under both rulebooks: the tasks that move, and those that get other days."""

    moves: tuple[Move, ...]
    other_days: tuple[str, ...]


@dataclass
class Tally:
    """What a rehearsal has found so far."""

    cases: int = 0
    moved: int = 0
    complete: bool = True
    """All there were were tried, not only as many as were asked for."""
    kinds: Counter[str] = field(default_factory=Counter)
    """Cases by what becomes of a task of theirs; one may count under several."""
    moves: Counter[Move] = field(default_factory=Counter)
    other_days: Counter[str] = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)
    kept: Counter[str] = field(default_factory=Counter)
    """Examples by kind: each has room for as many."""

    def add(self, case_id: str, filing: Filing, found: Compared) -> None:
        """Count one filing, and keep it as an example while there are few."""
        self.cases += 1
        self.moved += bool(found.moves)
        self.kinds.update({move.kind for move in found.moves})
        self.moves.update(found.moves)
        self.other_days.update(found.other_days)
        for move in found.moves:
            if self.kept[move.kind] < EXAMPLES:
                self.kept[move.kind] += 1
                self.examples.append(
                    {"case_id": case_id, "number": filing.reference, "title": filing.title}
                    | {"division": filing.division, "filed_on": filing.filed_on}
                    | {"kind": move.kind, "task": move.task, **_way(move)}
                )

    def counts(self) -> dict[str, Any]:
        """Say how many."""
        kinds = {kind: self.kinds[kind] for kind in KINDS}
        return {"cases": self.cases, "complete": self.complete, "moved_cases": self.moved,
                "kinds": kinds}  # fmt: skip

    def shown(self) -> dict[str, Any]:
        """Say it: counts, by task the moves with the most first, examples."""
        by_task: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for move, count in self.moves.most_common():
            by_task[move.task].append({**_way(move), "count": count})
        return {
            **self.counts(),
            "tasks": [
                {
                    "task": task,
                    "moved": sum(move["count"] for move in by_task.get(task, ())),
                    "moves": by_task.get(task, []),
                    "other_days": self.other_days[task],
                }
                for task in sorted(by_task.keys() | self.other_days.keys())
            ],
            "examples": self.examples,
        }


def named(version: int, digest: str) -> str:
    """Name the rehearsal of a draft (its digest) on a version."""
    return f"{version}/{digest}"


def compare(before: Rulebook, after: Rulebook, filing: Filing) -> Compared:
    """Decide on a filing by both rulebooks."""
    was, now = _places(before, filing), _places(after, filing)
    tasks = sorted(was.keys() | now.keys())
    nowhere = (None, None)
    pairs = {task: (was.get(task, nowhere), now.get(task, nowhere)) for task in tasks}
    return Compared(
        tuple(Move(task, one[0], other[0]) for task, (one, other) in pairs.items()
              if one[0] != other[0]),
        tuple(task for task, (one, other) in pairs.items()
              if one[0] == other[0] and one[1] != other[1]),
    )  # fmt: skip


def _places(book: Rulebook, filing: Filing) -> Mapping[str, tuple[Place, Days | None]]:
    decision = explain(book, filing)
    placed: dict[str, tuple[Place, Days | None]] = {
        item.task: (Place(office=item.office), item.days) for item in decision.assigned
    }
    return placed | {item.task: (Place(desk=item.why), None) for item in decision.unrouted}


def _way(move: Move) -> dict[str, Any]:
    return {
        "was": move.was.shown() if move.was else None,
        "now": move.now.shown() if move.now else None,
    }
