"""Says from outside what became of cases: nothing here is a service's own word for it.

The effects are counted in what every service has stored for good (its commits), whoever was killed
meanwhile. Parked messages are asked for over HTTP.
"""

import time
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import pymongo
from pymongo.database import Database

from services.stack.layout import office_service

Json: TypeAlias = dict[str, Any]
Effect: TypeAlias = tuple[str, str, str]
"""`(service, what, id of the case or assignment)`."""
Decision: TypeAlias = tuple[str, Json]
"""`(subject, decision)` of a commit."""

SHARED = ("intake", "routing", "tracker", "metrics", "notices", "liaison", "parking")
AGENCY = "agency_"
ENDINGS = ("resolved", "returned")
RECALLED = "recalled"
SHOWN = 12


class Asking(Protocol):
    """What is needed of an operator's client."""

    def get(self, service: str, path: str, **params: Any) -> Any: ...


@dataclass(frozen=True)
class Verdict:
    """What became of some cases. `lost` counts cases, `duplicates` effects, `unsent` commits."""

    accepted: int
    closed: int
    parked: int
    lost: int
    duplicates: int
    unsent: int
    effects: int = 0
    """Assignments that ended at their office (each once, or they are among the duplicates)."""
    foreign: int = 0
    """Assignments that an office's service holds and routing did not give to it."""
    why: tuple[str, ...] = ()
    """Each thing that is wrong, for a person."""

    @property
    def clean(self) -> bool:
        return not (self.lost or self.duplicates or self.parked or self.unsent or self.foreign)

    def __str__(self) -> str:
        names = (
            "accepted", "closed", "effects", "parked", "lost", "duplicates", "unsent", "foreign",
        )  # fmt: skip
        figures = ", ".join(f"{name} {getattr(self, name)}" for name in names)
        more = [f"… and {len(self.why) - SHOWN} more"] if len(self.why) > SHOWN else []
        return "\n  ".join([figures, *self.why[:SHOWN], *more])


class Oracle:
    """Looks at the databases `<prefix><service>` and at the parking service's list."""

    def __init__(self, mongo_url: str, database_prefix: str, parking: Asking) -> None:
        self._mongo = pymongo.MongoClient[Json](mongo_url, tz_aware=True)
        self._prefix = database_prefix
        self._parking = parking

    def closed(self, case_ids: Collection[str] | None = None) -> int:
        """Count closed cases (of some, or all), quickly: routing's list lags by half a second."""
        of = {} if case_ids is None else {"_id": {"$in": list(case_ids)}}
        return self._db("routing")["cases"].count_documents({"state": "closed", **of})

    def parked(self) -> int:
        """Count what lies with the operators."""
        return int(self._parking.get("parking", "/v1/parked")["parked"])

    def settled(self, case_ids: Collection[str], seconds: float = 60) -> Verdict:
        """Give the verdict once it is clean, else the last one after `seconds`.

        What is wrong only because it is on its way doesn't count; a duplicate never goes away.
        """
        deadline = time.monotonic() + seconds
        while True:
            verdict = self.verdict(case_ids)
            if verdict.clean or verdict.duplicates or time.monotonic() > deadline:
                return verdict
            time.sleep(0.5)

    def verdict(self, case_ids: Collection[str]) -> Verdict:
        """Judge cases that were accepted and should have been closed."""
        accepted = set(case_ids)
        decisions = {name: self._decisions(name, accepted) for name in self._services()}
        effects = Counter(
            effect for service, items in decisions.items() for effect in _effects(service, items)
        )
        wanted = {case: set(_wanted(case, decisions["routing"], effects)) for case in accepted}
        missing = {
            case: sorted(effect for effect in needed if not effects[effect])
            for case, needed in wanted.items()
        }
        lost = {case: found for case, found in missing.items() if found}
        twice = [effect for effect, number in effects.items() if number > 1]
        repeated = [*twice, *_counted_twice(decisions)]
        unsent = self.unsent()
        parked = self.parked()
        why = [_line("missing", effect) for found in lost.values() for effect in found]
        why += [_line("more than once", effect) for effect in repeated]
        why += [f"unsent: {name}" for name in unsent]
        foreign = sorted(_foreign(decisions))
        why += [_line("held by a stranger", effect) for effect in foreign]
        ended = sum(effect[0] == "office" for needed in wanted.values() for effect in needed)
        unended = sum(effect[0] == "office" for found in lost.values() for effect in found)
        closed = sum(bool(effects["routing", "closed", case]) for case in accepted)
        return Verdict(
            len(accepted), closed, parked, len(lost), len(repeated), len(unsent),
            ended - unended, len(foreign), tuple(why),
        )  # fmt: skip

    def unsent(self) -> list[str]:
        """Name the commits with messages that no list of what was sent names."""
        found = []
        for service in self._services():
            db = self._db(service)
            sent = {
                name for item in db["sent"].find({}, {"commits": 1}) for name in item["commits"]
            }
            speaking = db["commits"].find({"out": {"$gt": 0}}, {"_id": 1})
            found += [f"{service}: {item['_id']}" for item in speaking if item["_id"] not in sent]
        return sorted(found)

    def _services(self) -> list[str]:
        names = [
            name.removeprefix(self._prefix)
            for name in self._mongo.list_database_names()
            if name.startswith(self._prefix)
        ]
        return [name for name in names if name in SHARED or name.startswith(AGENCY)]

    def _db(self, service: str) -> Database[Json]:
        return self._mongo[self._prefix + service]

    def _decisions(self, service: str, cases: set[str]) -> list[Decision]:
        """Read what a service has decided about these cases (a project's subject is its own)."""
        fields = {"subject": 1, "decisions": 1}
        commits = self._db(service)["commits"].find({}, fields).sort([("subject", 1), ("rev", 1)])
        return [
            (commit["subject"], decision)
            for commit in commits
            for decision in commit["decisions"]
            if service == "tracker" or commit["subject"].partition(".")[0] in cases
        ]


def _effects(service: str, decisions: list[Decision]) -> Iterator[Effect]:
    """Name each thing that must happen once."""
    for subject, decision in decisions:
        for fact in decision["facts"]:
            if effect := _effect(service, subject, fact):
                yield effect


def _effect(service: str, subject: str, fact: Json) -> Effect | None:
    what = fact["type"]
    if service.startswith(AGENCY):  # which agency has an assignment is told by its stream
        ended = what in ENDINGS or what == RECALLED
        return ("office", what if what == RECALLED else "ended", subject) if ended else None
    if service == "tracker":
        return ("tracker", "funded", f"{subject} {fact['reference']}") if what == "funded" else None
    if service == "notices":  # tells people of them; what it tells is tested there
        return None
    if what in ("filed", "closed"):
        return (service, what, subject)
    if what == RECALLED or what in ENDINGS or fact.get("act") in ENDINGS:
        return (service, what if what == RECALLED else "ended", fact["assignment_id"])
    return None


def _wanted(case: str, routing: list[Decision], effects: Counter[Effect]) -> Iterator[Effect]:
    """Name what must have happened to a case that is done, by what routing gave to whom."""
    yield ("intake", "filed", case)
    for service in ("routing", "metrics"):
        yield (service, "filed", case)
        yield (service, "closed", case)
    funded = {effect[2].partition(" ")[2]: effect for effect in effects if effect[1] == "funded"}
    for fact in (fact for subject, item in routing if subject == case for fact in item["facts"]):
        for given in fact.get("assignments", ()) if fact["type"] == "routed" else ():
            id_ = given["assignment_id"]
            end = RECALLED if effects["routing", RECALLED, id_] else "ended"
            for service in ("office", "routing", "metrics"):
                yield (service, end, id_)
        if _is_money(fact):
            entry = f"assignment:{fact['assignment_id']}"
            yield funded.get(entry, ("tracker", "funded", entry))


def _is_money(fact: Json) -> bool:
    outcome = fact.get("outcome") or {}
    found = outcome.get("task") == "project_funding" and outcome["amount_fen"] > 0
    return bool(found and outcome["result"] != "not_possible")


def _counted_twice(decisions: dict[str, list[Decision]]) -> Iterator[Effect]:
    """Find events that one stream has decided on twice."""
    for service, items in decisions.items():
        causes = Counter(
            (subject, *decision["cause"][:3]) for subject, decision in items if "cause" in decision
        )
        for cause, number in causes.items():
            if number > 1:
                yield (service, "counted", " ".join(str(part) for part in cause))


def _foreign(decisions: dict[str, list[Decision]]) -> Iterator[Effect]:
    """Find assignments in the database of a service that their office is not served by."""
    given = {
        item["assignment_id"]: office_service(item["office"]).replace("-", "_")
        for _, decision in decisions["routing"]
        for fact in decision["facts"]
        for item in (fact.get("assignments", ()) if fact["type"] == "routed" else ())
    }
    for service, items in decisions.items():
        if service.startswith(AGENCY):
            for subject in {subject for subject, _ in items}:
                if given.get(subject, service) != service:
                    yield (service, "holds", subject)


def _line(what: str, effect: Effect) -> str:
    return f"{what}: {' '.join(effect)}"
