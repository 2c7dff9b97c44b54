"""Goes through the record day by day: files, moves the clock, waits until all has happened."""

import json
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from fuyuan_contracts.ids import assignment_id, case_id
from services.record.calls import call_of
from services.record.format import Line
from services.replay.asking import NOT_YET, People, ReplayError, at_once
from services.replay.deployment import Files, Keeper, clock_of, set_clock
from services.replay.index import Index, Place
from services.replay.journal import Journal
from services.replay.keeping import Looking
from services.replay.scenario import (
    CALLED,
    FILED,
    SAID,
    Effect,
    Stage,
    Word,
    case_of,
    moment,
)
from services.replay.waiting import Waiting

BATCH_LINES = 500
FILING, SAYING = 4, 12
"""Requests in flight."""
BATCH = "/v1/cases/batch"


@dataclass
class Driver:
    """One replay."""

    files: Files
    keeper: Keeper
    index: Index
    journal: Journal
    shown: Callable[[int, int], None]
    """Told how many cases were filed and how many are closed."""
    expected: Effect = field(default_factory=Effect)
    repeated: int = 0

    def __post_init__(self) -> None:
        """Know everybody."""
        self.people = People(self.keeper)
        self.waiting = Waiting(self.people, Looking(self.files.keep), self._show)
        self._case_key = self.keeper.local.bus.secrets.case_key()

    def run(self, end: datetime) -> None:
        """Do all that has not been done. Raises ReplayError."""
        for stage, effect in self.index.stages():
            if stage[0] > end.date():
                break
            self.expected.add(effect)
            name = f"{stage[0]} {stage[1]}"
            if self.journal.is_done(name):
                continue
            self._reach(moment(stage), self._before(effect))
            if stage[1] == FILED:
                self.waiting.let_catch_up(self._before(effect).filed)
                self._file(stage)
            elif stage[1] in (SAID, CALLED):
                self._say(stage)
            if stage[1] == CALLED:
                self._call(stage)
            self.waiting.settle(f"after {name}", self.expected)
            self.journal.do(name)
        self._reach(end, self.expected)
        self.waiting.settle("at the end", self.expected)

    def _before(self, effect: Effect) -> Effect:
        """Give what was expected before a stage."""
        before = Effect(*(-value for value in astuple(effect)))
        before.add(self.expected)
        return before

    # -- the clock

    def _reach(self, goal: datetime, settled: Effect) -> None:
        """Move the clock to `goal`, and stop wherever routing has something to do on the way."""
        now = clock_of(self.files.clock)
        if now is None:
            raise ReplayError(f"{self.files.clock} is gone")
        while now < goal:
            seen = self.waiting.settle(f"at {now}", settled)
            due = seen.next_due
            # a deadline is missed when it is past
            now = goal if due is None or due >= goal else max(due, now) + timedelta(milliseconds=1)
            set_clock(self.files.clock, now)

    # -- what is done at a stage

    def _file(self, stage: Stage) -> None:
        batches: list[tuple[str, list[tuple[int, Place]]]] = []
        for filer, number, place in self.index.filings(stage[0]):
            if not batches or batches[-1][0] != filer or len(batches[-1][1]) == BATCH_LINES:
                batches.append((filer, []))
            batches[-1][1].append((number, place))
        at_once([partial(self._file_batch, *batch) for batch in batches], FILING)

    def _file_batch(self, filer: str, lines: list[tuple[int, Place]]) -> None:
        step = f"filed {lines[0][0]}..{lines[-1][0]} of {filer}"
        if self.journal.is_done(step):
            return
        bodies = [
            json.dumps(self.index.line(place)["filing"], ensure_ascii=False) for _, place in lines
        ]
        text = "\n".join(bodies).encode()
        client = self.people.client(f"filer:{filer}")
        answer = self.people.patiently(step, lambda: client.post_lines("intake", BATCH, text))
        failed = [item for item in answer["results"] if item["result"] == "failed"]
        if failed:
            first = failed[0]
            wrong = "; ".join(f"{item['field']}: {item['message']}" for item in first["errors"])
            number = lines[first["line"] - 1][0]
            raise ReplayError(
                f"{len(failed)} of {len(lines)} cases of {filer} were not taken; line {number} of"
                f" the record: {wrong}"
            )
        self.repeated += answer["repeated"]
        self.journal.do(step, len(lines))
        self._show(0)

    def _say(self, stage: Stage) -> None:
        works = [partial(self._say_word, *found) for found in self.index.words(stage)]
        at_once(works, SAYING)

    def _say_word(self, number: int, among: int, place: Place) -> None:
        step = f"said {number} {among}"
        if self.journal.is_done(step):
            return
        line = self.index.line(place)
        id_ = self.case_id(line["filer"], line["filing"]["reference"])
        word = case_of(line).words[among]
        who, service, path, body = self._worded(line, id_, word)
        client = self.people.client(who)
        ask = partial(client.post, service, path, body)
        self.people.patiently(f"line {number}: {word.kind}", ask, also=NOT_YET)
        self.journal.do(step)

    def _worded(
        self, line: Mapping[str, Any], id_: str, word: Word
    ) -> tuple[str, str, str, Mapping[str, Any]]:
        said, filer = word.said, f"filer:{line['filer']}"
        match word.kind:
            case "answer":
                name = assignment_id(id_, said["task"], said.get("round", 1))
                body = {"assignment_id": name, "request": said.get("request", 1)}
                path = f"/v1/cases/{id_}/information"
                return filer, "intake", path, {**body, "answer": said["answer"]}
            case "conclude":
                return filer, "intake", f"/v1/cases/{id_}/conclude", {"conclusion": said}
            case "withdraw":
                return filer, "intake", f"/v1/cases/{id_}/withdraw", said
            case "link":
                other = self.case_id(said.get("filer", line["filer"]), said["reference"])
                body = {"other": other, "relation": said["relation"], "reason": said["reason"]}
                return filer, "routing", f"/v1/cases/{id_}/links", body
        liaison = f"liaison:{line['filing']['division'][:4]}00"
        if word.kind == "recall":
            rounds = sum(
                item["do"] != "recall" for item in line["desk"][: line["desk"].index(said)]
            )
            name = assignment_id(id_, said["task"], rounds + 1)
            return liaison, "routing", f"/v1/assignments/{name}/recall", {"reason": said["reason"]}
        path = f"/v1/cases/{id_}/tasks/{said['task']}/{word.kind}"
        return liaison, "routing", path, {"office": said["office"], "reason": said["reason"]}

    def _call(self, stage: Stage) -> None:
        """Do what isn't about a case's way: meetings, instructions, members, budget, projects."""
        for number, place in self.index.calls(stage[0]):
            step = f"called {number}"
            if self.journal.is_done(step):
                continue
            who, service, method, path, body = called(self.index.line(place), self.case_id)
            client = self.people.client(who)
            ask = partial(getattr(client, method.lower()), service, path, body)
            self.people.patiently(f"line {number}: {method} {path}", ask, also=NOT_YET, seconds=60)
            self.journal.do(step)

    def _show(self, closed: int) -> None:
        self.shown(self.journal.cases(), closed)

    def case_id(self, filer: str, reference: str) -> str:
        """Name a case as intake does."""
        return case_id(self._case_key, filer, reference)


def called(
    line: Mapping[str, Any], case_id: Callable[[str, str], str]
) -> tuple[str, str, str, str, Mapping[str, Any]]:
    """Say who asks what of which service: `(who, service, method, path, body)`."""
    day = date.fromisoformat(line["day"])
    call = call_of(Line(0, line["line"], day, dict(line)), case_id)
    agency, _, place = call.by.partition(".")
    who = f"liaison:{place}" if agency == "liaison" else f"officer:{call.by}"
    return who, call.service, call.method, call.path, call.body
