"""Plays a record's cases against the contracts, the deployed rules and the offices' own checks.

Nothing of `services.record` is asked: a line is JSON as it stands in the file.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from fuyuan_contracts.cases import Lane, asked
from fuyuan_contracts.conclusions import AnyConclusion
from fuyuan_contracts.outcomes import AnyOutcome
from fuyuan_contracts.steps import AnyStep
from services.agencies.parts import Given
from services.agencies.profiles import check_outcome, findings
from services.agencies.steps import check_step
from services.intake.bodies import FilingBody, errors_of
from services.routing.loading import build, read_offices, read_rules
from services.routing.matching import explain
from services.routing.placing import Assigned
from services.routing.rulebook import Filing, Rulebook
from services.routing.workdays import due
from services.runtime.domain import SHANGHAI

Json = dict[str, Any]
DEPLOY = Path(__file__).parents[2] / "deploy"
OUTCOME: TypeAdapter[AnyOutcome] = TypeAdapter(AnyOutcome)
CONCLUSION: TypeAdapter[AnyConclusion] = TypeAdapter(AnyConclusion)
STEP: TypeAdapter[AnyStep] = TypeAdapter(AnyStep)
NEVER = datetime(2100, 1, 1, tzinfo=UTC)
MORNING, AFTERNOON, EVENING = time(9), time(15), time(16)
"""When the replay files, lets offices act, lets filers and the liaison office speak."""


@cache
def book() -> Rulebook:
    """Give the deployed rules and offices."""
    return build(read_rules(DEPLOY / "routing.yaml"), read_offices(DEPLOY / "offices.yaml"), 1)


@dataclass
class Judge:
    """Judges one case after the other; what it saw is counted."""

    days: frozenset[date]
    """On which the clock stands."""
    references: set[tuple[str, str]] = field(default_factory=set)
    seen: Counter[str] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)

    def judge(self, line: Json) -> None:
        """Raise AssertionError (or what a check raises) for a case that can't be played."""
        day = date.fromisoformat(line["day"])
        body = FilingBody.model_validate(line["filing"])
        assert not errors_of(body, book().divisions, day)
        assert body.filed_on <= day
        assert body.title.startswith("合成：")
        assert {"reference", "title", "details"} <= set(body.synthetic)
        assert body.contact is None
        assert line["filer"] in book().offices
        named = (line["filer"], body.reference)
        assert named not in self.references, named
        self.references.add(named)
        details = body.details.model_dump(mode="json", exclude_none=True)
        given = _routed(body, details)
        assert given.keys() == line["acts"].keys()
        ends = [
            self._task(line, body, item, line["acts"][task], day) for task, item in given.items()
        ]
        self._filer(line, body, day, ends)

    def _task(
        self, line: Json, body: FilingBody, item: Assigned, rounds: list[list[Json]], day: date
    ) -> date | None:
        office, issued, ended = item.office, _at(day, MORNING), None
        for number, acts in enumerate(rounds, 1):
            given = _given(body, item, office)
            assert not findings(given), (body.reference, item.task, office)
            asked_at, moved = self._acts(given, acts, issued)
            self._clock(item, body, acts, issued, asked_at)
            if number == len(rounds):
                ended = date.fromisoformat(acts[-1]["on"]) if _resolved(acts) else None
                break
            office, issued = self._next(line, item, acts, office, moved)
        return ended

    def _acts(
        self, given: Given, acts: list[Json], issued: datetime
    ) -> tuple[datetime | None, datetime]:
        before, steps, asked_at = issued, list[Json](), None
        for act in acts:
            on = date.fromisoformat(act["on"])
            said = _at(on, AFTERNOON)
            assert on in self.days
            assert said >= before
            before = said
            match act:
                case {"act": "receive" | "accept"}:
                    assert act.keys() == {"on", "act"}
                case {"act": "progress", "step": step}:
                    assert act["note"]
                    plain = STEP.dump_python(STEP.validate_python(step), mode="json")
                    check_step(given, steps, plain, on)
                    steps.append(plain)
                case {"act": "information", "question": str()}:
                    asked_at = said
                case {"act": "return", "reason": str()}:
                    assert act is acts[-1]
                case {"act": "resolve", "outcome": outcome}:
                    assert act is acts[-1]
                    plain = OUTCOME.dump_python(
                        OUTCOME.validate_python(outcome), mode="json", exclude_none=True
                    )
                    check_outcome(given, plain, on)
                case _:
                    raise AssertionError(act)
            self.seen[act["act"]] += 1
        return asked_at, before

    def _next(
        self, line: Json, item: Assigned, acts: list[Json], office: str, moved: datetime
    ) -> tuple[str, datetime]:
        """Give the next round's office: the better one, or the one the liaison office names."""
        if better := acts[-1].get("better_office"):
            assert better != office
            assert book().offices[better].receives
            return better, moved
        sent = next(act for act in line["desk"] if act["task"] == item.task)
        on = date.fromisoformat(sent["on"])
        assert on in self.days
        assert _at(on, EVENING) >= moved
        assert sent["do"] == ("transfer" if acts[-1]["act"] != "return" else "route")
        assert book().offices[sent["office"]].receives
        assert sent["reason"]
        self.seen[sent["do"]] += 1
        return sent["office"], _at(on, MORNING)

    def _clock(
        self,
        item: Assigned,
        body: FilingBody,
        acts: list[Json],
        issued: datetime,
        asked_at: datetime | None,
    ) -> None:
        rule = next(rule for rule in book().rules if rule.id == item.rule)
        days = rule.green if body.lane is Lane.GREEN else rule.days
        first = _at(date.fromisoformat(acts[0]["on"]), AFTERNOON) if acts else NEVER
        self.seen["assignments"] += 1
        self.late["receipt"] += first > due(issued, days.receipt).at
        ended = _at(date.fromisoformat(acts[-1]["on"]), AFTERNOON) if _ended(acts) else NEVER
        self.late["resolution"] += not asked_at and ended > due(issued, days.resolution).at

    def _filer(self, line: Json, body: FilingBody, day: date, ends: list[date | None]) -> None:
        for said in line.get("then", ()):
            on = date.fromisoformat(said["on"])
            assert on in self.days
            assert on >= day
            match said:
                case {"conclude": conclusion}:
                    found = CONCLUSION.validate_python(conclusion)
                    assert found.kind == body.details.kind
                    assert body.filed_on <= found.concluded_on <= on
                    assert all(end is not None and end <= on for end in ends), body.reference
                case {"answer": {"task": task, "round": 1, "request": 1, "answer": str()}}:
                    acts = line["acts"][task][0]
                    question = next(act for act in acts if act["act"] == "information")
                    assert question["on"] <= said["on"] < acts[-1]["on"]
                case {"withdraw": {"reason": str()}}:
                    assert None in ends
                case {"link": {"filer": filer, "reference": reference, "reason": str()}}:
                    assert (filer, reference) in self.references
                case _:
                    raise AssertionError(said)
            self.seen[next(name for name in said if name != "on")] += 1


def _routed(body: FilingBody, details: Json) -> dict[str, Assigned]:
    needs = asked(details)
    decision = explain(
        book(), Filing(body.details.kind, body.division, body.lane.value, needs, details)
    )
    assert not decision.unrouted, (body.reference, decision.unrouted)
    found = {item.task: item for item in decision.assigned}
    assert found.keys() == set(needs)
    assert len(decision.assigned) == len(needs)
    return found


def _given(body: FilingBody, item: Assigned, office: str) -> Given:
    details = body.details.model_dump(mode="json", exclude_none=True)
    return Given(
        "", "", office, item.task, "", NEVER, NEVER, body.filed_on, {"details": details}
    )  # fmt: skip


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, SHANGHAI)


def _ended(acts: list[Json]) -> bool:
    return bool(acts) and acts[-1]["act"] in ("resolve", "return")


def _resolved(acts: list[Json]) -> bool:
    return bool(acts) and acts[-1]["act"] == "resolve"


def cases(lines: Iterator[Json]) -> Iterator[Json]:
    """Give the lines of cases."""
    return (line for line in lines if line["line"] == "case")
