"""Says from outside what became of the record: nothing here is a service's own word for it.

The effects are counted in what every service has stored for good (its commits), a subject at a
time, so that it takes little memory however many cases there are.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pymongo
from pymongo.database import Database

from services.replay.keeping import Looking

Json = dict[str, Any]
SERVICES = ("intake", "routing", "tracker", "metrics", "liaison", "parking")
ENDED = ("resolved", "returned", "recalled")
SHOWN = 12
PAGE = 2000


@dataclass
class Verdict:
    """What became of the cases. `lost` counts cases, `duplicates` effects, `unsent` commits."""

    filed: int = 0
    closed: int = 0
    lost: int = 0
    duplicates: int = 0
    unsent: int = 0
    why: list[str] = field(default_factory=list)
    """The first few things that are wrong, for a person."""

    def say(self, text: str) -> None:
        """Note what is wrong."""
        if len(self.why) < SHOWN:
            self.why.append(text)


class Reconciliation:
    """Looks at the databases `<prefix><service>` and at what the offices keep."""

    def __init__(self, mongo_url: str, prefix: str, looking: Looking) -> None:
        """Connect at first use."""
        self._mongo = pymongo.MongoClient[Json](mongo_url, tz_aware=True)
        self._prefix, self._looking = prefix, looking

    def commits(self, services: Iterable[str]) -> list[int]:
        """Count services' commits, quickly."""
        return [self._db(name)["commits"].estimated_document_count() for name in services]

    def verdict(self, wanted: Mapping[str, bool]) -> Verdict:
        """Judge the cases that were filed: case → whether it should have been closed."""
        found = Verdict()
        missing: Counter[str] = Counter()
        ended = self._ended_by_offices()
        for service in ("intake", "routing", "metrics"):
            seen = set()
            for case, effects in self._subjects(service):
                for effect, number in effects.items():
                    if number > 1:
                        found.duplicates += 1
                        found.say(f"more than once: {service} {case} {' '.join(effect)}")
                if case not in wanted:
                    continue
                seen.add(case)
                lacking = list(
                    _lacking(service, effects, closed=wanted[case], ended=ended.get(case, ()))
                )
                if lacking:
                    missing[case] += 1
                    found.say(f"missing: {service} {case} {', '.join(lacking)}")
                found.filed += service == "intake" and effects[("filed",)] > 0
                found.closed += service == "routing" and effects[("closed",)] > 0
            for case in wanted.keys() - seen:
                missing[case] += 1
                found.say(f"missing: {service} {case}")
        found.lost = len(missing)
        for name in self._unsent():
            found.unsent += 1
            found.say(f"unsent: {name}")
        return found

    def _subjects(self, service: str) -> Iterator[tuple[str, Counter[tuple[str, ...]]]]:
        """Give each subject of a service with what has happened to it, and how often."""
        fields = {"_id": 0, "subject": 1, "decisions.facts": 1, "decisions.cause": 1}
        commits = self._db(service)["commits"]
        cursor = commits.find({}, fields).hint([("subject", 1), ("rev", 1)])
        cursor = cursor.sort([("subject", 1), ("rev", 1)]).batch_size(PAGE)
        subject, effects = "", Counter[tuple[str, ...]]()
        for commit in cursor:
            if commit["subject"] != subject:
                if subject:
                    yield subject, effects
                subject, effects = commit["subject"], Counter()
            for decision in commit["decisions"]:
                if cause := decision.get("cause"):
                    effects["counted", *map(str, cause[:3])] += 1
                for fact in decision["facts"]:
                    if effect := _effect(fact):
                        effects[effect] += 1
        if subject:
            yield subject, effects

    def _ended_by_offices(self) -> dict[str, tuple[str, ...]]:
        """Give the assignments that their offices ended, by case."""
        found: dict[str, tuple[str, ...]] = {}
        query = "SELECT id FROM assignments WHERE ended IN ('resolved', 'returned')"
        for (id_,) in self._looking.rows(query):
            case = str(id_).partition(".")[0]
            found[case] = (*found.get(case, ()), str(id_))
        return found

    def _unsent(self) -> Iterator[str]:
        """Name the commits with messages that no list of what was sent names."""
        for service in SERVICES:
            db = self._db(service)
            sent = {
                name for item in db["sent"].find({}, {"commits": 1}) for name in item["commits"]
            }
            for item in db["commits"].find({"out": {"$gt": 0}}, {"_id": 1}).batch_size(PAGE * 5):
                if item["_id"] not in sent:
                    yield f"{service}: {item['_id']}"
        for office, id_ in self._looking.rows("SELECT office, id FROM outbox"):
            yield f"{office}: {id_}"

    def _db(self, service: str) -> Database[Json]:
        return self._mongo[self._prefix + service]


def _effect(fact: Json) -> tuple[str, ...] | None:
    """Name a thing that must happen once."""
    what = fact["type"]
    if what in ("filed", "closed"):
        return (what,)
    how = fact["act"] if what == "reported" and "act" in fact else what
    return ("ended", fact["assignment_id"]) if how in ENDED else None


def _lacking(
    service: str, effects: Counter[tuple[str, ...]], *, closed: bool, ended: tuple[str, ...]
) -> Iterator[str]:
    """Name what should have happened to a case and has not, or has and should not."""
    if effects["filed",] != 1:
        yield "filed"
    if bool(effects["closed",]) is not closed:
        yield "closed" if closed else "closed, and should be open"
    if service != "intake":
        for id_ in ended:
            if not effects["ended", id_]:
                yield f"the end of {id_}"
