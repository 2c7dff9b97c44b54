"""Cases that go other ways: returned, asked, late, silent, withdrawn, sent on by hand.

They ask for what no figure of the report counts (property, shares, income), so they may go wrong.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from services.record.city import CITY, court_number
from services.record.days import Round, following, later, rounds, within
from services.record.making import Acts, Json, case, conclude, filing, give_back, receive, resolve
from services.record.naming import person
from services.record.plan import SPANS, Plan

NAME = "ways"
NUMBERS = 700_000
COUNTIES = ("410522", "410523", "410526", "410527", "410581")
"""They register land themselves, so a task can go from them to the city's bureau."""


@dataclass(frozen=True, slots=True)
class Way:
    """What becomes of a case."""

    acts: Acts
    filer: tuple[Json, ...] = ()
    desk: tuple[Json, ...] = ()
    ends: date | None = None
    """The clock's day of the conclusion; None where there is none."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a way is made from."""

    round_: Round
    place: str
    task: str
    outcome: Json
    ended_on: date

    def office(self, agency: str, place: str | None = None) -> str:
        """Name an agency's office, of the case's division unless another is said."""
        return f"{agency}.{place or self.place}"

    def done(self, on: date) -> Json:
        """End the task on a day."""
        return resolve(on, self.task, min(self.ended_on, on), **self.outcome)


def lines(plan: Plan, round_: Round) -> Iterator[Json]:
    """Give the cases of a round that go other ways."""
    for index in plan.indexes(NAME, round_):
        yield _line(plan, index, round_)


def instructed(plan: Plan) -> tuple[str, str, str, date, date] | None:
    """Give a case that an instruction moves on: filer, reference, owner, issued, closed."""
    for round_ in rounds():
        after = following(round_)
        for index in plan.indexes(NAME, round_):
            if _way(index) is _instructed and after:
                place = _place(plan.dice(NAME, index))
                owner = f"natural_resources.{place}"
                return (
                    f"court.{place}",
                    f"合成-{_reference(index)}",
                    owner,
                    after.monday,
                    after.thursday,
                )
    return None


def _line(plan: Plan, index: int, round_: Round) -> Json:
    chance = plan.dice(NAME, index)
    place, (way_of, task) = _place(chance), WAYS[index % len(WAYS)]
    filed_on = chance.choice(within(round_, SPANS[NAME]))
    claim = chance.randrange(10_000_00, 2_000_000_00, 100)
    details = {
        "kind": "judgment_enforcement",
        "basis": court_number(place, filed_on.year, "执", 800_000 + index),
        "debtor": person(chance, NUMBERS + index),
        "debtor_role": "individual",
        "claim_fen": claim,
        "measures": [task],
    }
    some = max(1, claim // 5)
    outcome = {
        "find_property": {"properties": chance.randrange(3)},
        "freeze_equity": {"frozen_fen": some},
        "withhold_income": {"withheld_fen": some},
    }[task]
    ended_on = later(filed_on, chance.randrange(2, 9), round_.friday)
    way = way_of(Told(round_, place, task, outcome, ended_on))
    then = list(way.filer)
    if way.ends:
        recovered = 0 if task == "find_property" else some
        then.append(
            conclude(
                way.ends, "judgment_enforcement", way.ends, ended="suspended",
                recovered_fen=recovered,
            )
        )  # fmt: skip
    filed = filing(_reference(index), "执行财产查控", place, filed_on, details)
    return case(round_.monday, f"court.{place}", filed, {task: way.acts}, then, way.desk)


def _plain(it: Told) -> Way:
    return Way([[receive(it.round_.monday), it.done(it.round_.thursday)]], ends=it.round_.friday)


def _returned(it: Told) -> Way:
    """退回 with a better office, which then does it."""
    better = it.office("natural_resources", CITY)
    back = give_back(it.round_.monday, "合成：不动产由市级登记机构登记", better)
    return Way([[back], [it.done(it.round_.thursday)]], ends=it.round_.friday)


def _by_hand(it: Told) -> Way:
    """退回 without one: it waits at the liaison office's desk."""
    back = give_back(it.round_.monday, "合成：非本单位登记范围")
    to = it.office("natural_resources", CITY)
    sent = _sent(it.round_.thursday, it.task, "route", to)
    return Way([[back], [it.done(it.round_.friday)]], desk=(sent,), ends=it.round_.friday)


def _thrice(it: Told) -> Way:
    """Return it three times, so that it is escalated; then send it by hand."""
    others = [place for place in COUNTIES if place != it.place][:2]
    to = [it.office("natural_resources", place) for place in others]
    again = [give_back(it.round_.monday, "合成：标的不在辖区", better) for better in (*to, None)]
    sent = _sent(it.round_.thursday, it.task, "route", it.office("natural_resources", CITY))
    acts = [*([back] for back in again), [it.done(it.round_.friday)]]
    return Way(acts, desk=(sent,), ends=it.round_.friday)


def _transferred(it: Told) -> Way:
    """移交: the liaison office moves it while the first office has it."""
    sent = _sent(it.round_.thursday, it.task, "transfer", it.office("natural_resources", CITY))
    acts = [[receive(it.round_.monday)], [it.done(it.round_.friday)]]
    return Way(acts, desk=(sent,), ends=it.round_.friday)


def _asked(it: Told) -> Way:
    """要求补充材料, and supplied: the clock stands in between."""
    question = {"on": it.round_.monday, "act": "information", "question": "合成：请补充参保单位"}
    answer = {"task": it.task, "round": 1, "request": 1, "answer": "合成：已补充"}
    acts = [[question, it.done(it.round_.friday)]]
    return Way(acts, ({"on": it.round_.thursday, "answer": answer},), ends=it.round_.friday)


def _receipt_late(it: Told) -> Way:
    return Way([[it.done(it.round_.thursday)]], ends=it.round_.friday)


def _resolution_late(it: Told) -> Way:
    """办结超期: in the next round; in the last one never."""
    after = following(it.round_)
    if after is None:
        return Way([[receive(it.round_.monday)]])
    return Way([[receive(it.round_.monday), it.done(after.monday)]], ends=after.thursday)


def _instructed(it: Told) -> Way:
    """Overdue until after the next Monday, when somebody may instruct (`instructed`)."""
    after = following(it.round_)
    if after is None:
        return Way([[receive(it.round_.monday)]])
    return Way([[receive(it.round_.monday), it.done(after.thursday)]], ends=after.friday)


def _silent(_: Told) -> Way:
    """Nobody signs and nobody does it: both deadlines pass, the ladder goes on to its end."""
    return Way([[]])


def _withdrawn(it: Told) -> Way:
    """撤回: the filer takes it back while the office is at it."""
    back = {"on": it.round_.thursday, "withdraw": {"reason": "合成：申请执行人撤回申请"}}
    return Way([[receive(it.round_.monday)]], (back,))


def _sent(on: date, task: str, do: str, office: str) -> Json:
    return {"on": on, "task": task, "do": do, "office": office, "reason": "合成：由市级办理"}


WAYS: tuple[tuple[Callable[[Told], Way], str], ...] = (
    (_returned, "find_property"),
    (_asked, "withhold_income"),
    (_receipt_late, "freeze_equity"),
    (_resolution_late, "withhold_income"),
    (_withdrawn, "freeze_equity"),
    (_plain, "find_property"),
    (_instructed, "find_property"),
    (_by_hand, "find_property"),
    (_silent, "find_property"),
    (_thrice, "find_property"),
    (_transferred, "find_property"),
)
"""In turn: each is there at the smallest scale."""


def _way(index: int) -> Callable[[Told], Way]:
    return WAYS[index % len(WAYS)][0]


def _place(chance: Random) -> str:
    return chance.choice(COUNTIES)


def _reference(index: int) -> str:
    return f"财-{index + 1:04d}"
