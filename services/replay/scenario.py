"""What a case of the record does on which day, and what that makes the system hold. Pure.

A stage of a day is a moment at which something happens: cases are filed at nine, offices act at
three, filers have the last word at four, the liaison office acts at half past. The numbers that
routing has to show after each are known from the record alone: they are what the replay waits for.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from fuyuan_contracts.cases import CONCLUDED_BY_FILER

SHANGHAI = timezone(timedelta(hours=8))
FILED, ACTED, SAID, CALLED = 0, 1, 2, 3
"""The stages of a day, in order."""
AT = (time(9), time(15), time(16), time(16, 30))
ASKED_BY_DESK = ("route", "transfer", "recall")
Json = Mapping[str, Any]
Stage = tuple[date, int]


class ScenarioError(ValueError):
    """A case of the record contradicts itself."""


def moment(stage: Stage) -> datetime:
    """Give the moment of a stage."""
    return datetime.combine(stage[0], AT[stage[1]], SHANGHAI)


@dataclass(slots=True)
class Effect:
    """What a case adds to the numbers at a stage."""

    filed: int = 0
    issued: int = 0
    """Assignments that offices have to store."""
    supplied: int = 0
    """Answers that offices have to store."""
    reports: int = 0
    """What offices say of open cases; negative where a case closes with what was said of it."""
    closed: int = 0

    def add(self, other: "Effect") -> None:
        """Add another's numbers."""
        self.filed += other.filed
        self.issued += other.issued
        self.supplied += other.supplied
        self.reports += other.reports
        self.closed += other.closed


@dataclass(frozen=True, slots=True)
class Word:
    """Something that the filer, or the liaison office, says about a case after it was filed."""

    stage: Stage
    kind: str
    """`answer`, `conclude`, `withdraw`, `link`; or the desk's `route`, `transfer`, `recall`."""
    said: Json


@dataclass(slots=True)
class Case:
    """One case of the record."""

    day: date
    effects: dict[Stage, Effect] = field(default_factory=dict)
    words: list[Word] = field(default_factory=list)
    closed: Stage | None = None
    assignments: int = 0

    def at(self, stage: Stage) -> Effect:
        """Give the effect at a stage, to be added to."""
        return self.effects.setdefault(stage, Effect())


def case_of(said: Json) -> Case:
    """Take a case line apart. Raises ScenarioError; KeyError, TypeError, ValueError for a shape."""
    case = Case(date.fromisoformat(said["day"]))
    case.at((case.day, FILED)).filed = 1
    case.words = sorted(_words(said, case.day), key=lambda word: word.stage)
    reports: Counter[Stage] = Counter()
    ends: list[Stage | None] = []
    for task, rounds in (said.get("acts") or {}).items():
        desk = [word for word in case.words if word.kind in ASKED_BY_DESK]
        asked = [word for word in desk if word.said.get("task") == task]
        ends.append(_task(case, task, rounds, asked, reports))
    for word in case.words:
        case.at(word.stage).supplied += word.kind == "answer"
    case.closed = _closed(case, said["filing"]["details"]["kind"], ends)
    for stage, number in reports.items():
        case.at(stage).reports += number
    if case.closed:
        late = sorted(stage for stage in reports if stage > case.closed)
        if late:
            raise ScenarioError(f"an office acts on {late[0][0]}, after the case has closed")
        closing = case.at(case.closed)
        closing.closed = 1
        closing.reports -= sum(reports.values())
    return case


def acts_through(acts: Sequence[Json], done: int, through: date) -> Sequence[Json]:
    """Give the acts of a round that are due by a day, beside the `done` first ones."""
    return [act for act in acts[done:] if date.fromisoformat(act["on"]) <= through]


def _task(
    case: Case,
    task: str,
    rounds: Sequence[Sequence[Json]],
    desk: Sequence[Word],
    reports: Counter[Stage],
) -> Stage | None:
    """Note what becomes of a task; gives when it is resolved."""
    by_hand = iter(word.stage for word in desk if word.kind != "recall")
    bare = sum(
        act["act"] == "return" and not act.get("better_office") for acts in rounds for act in acts
    )
    moved = sum(word.kind in ("transfer", "recall") for word in desk)
    routed = sum(word.kind != "recall" for word in desk)
    start: Stage | None = (case.day, FILED)
    if routed > bare + moved:  # no rule finds its first office
        start = next(by_hand, None)
    resolved: Stage | None = None
    for acts in rounds:
        if start is None or resolved:
            raise ScenarioError(f"{task}: another round, but the one before was not returned")
        case.at(start).issued += 1
        case.assignments += 1
        reports[start] += 1  # that it was delivered
        last, start, open_ = start[0], None, True
        for act in acts:
            day = date.fromisoformat(act["on"])
            if not open_ or day < last:
                raise ScenarioError(
                    f"{task}: {act['act']} on {day}: after the end, or before {last}"
                )
            last = day
            reports[day, ACTED] += 1
            if act["act"] == "resolve":
                resolved, open_ = (day, ACTED), False
            elif act["act"] == "return":
                open_ = False
                start = (day, ACTED) if act.get("better_office") else next(by_hand, None)
        if open_:
            start = next(by_hand, None)  # moved by hand
    return resolved


def _words(said: Json, day: date) -> Iterator[Word]:
    for item in said.get("then") or ():
        (kind,) = item.keys() - {"on"}
        yield _word((date.fromisoformat(item["on"]), SAID), kind, item[kind], day)
    for item in said.get("desk") or ():
        yield _word((date.fromisoformat(item["on"]), CALLED), item["do"], item, day)


def _word(stage: Stage, kind: str, said: Json, day: date) -> Word:
    if stage[0] < day:
        raise ScenarioError(f"{kind} on {stage[0]}, before the case is filed")
    return Word(stage, kind, said)


def _closed(case: Case, kind: str, ends: Sequence[Stage | None]) -> Stage | None:
    found = [word.stage for word in case.words if word.kind in ("conclude", "withdraw")][:1]
    if ends and kind not in CONCLUDED_BY_FILER and None not in ends:
        found.append(max(end for end in ends if end))
    return min(found, default=None)
