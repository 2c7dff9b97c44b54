"""A meeting's minutes, checked and put beside the other meetings they have to do with."""

from dataclasses import dataclass

from services.liaison import model as m
from services.liaison.bodies import Meeting
from services.liaison.desk import Desk, Json, name
from services.liaison.parts import Minutes, Review
from services.runtime.auth import Caller
from services.runtime.http import FieldError, Problem

LAWSUIT = "administrative_lawsuit"


@dataclass(frozen=True)
class Recording:
    """Minutes on their way in: a try of them stores nothing."""

    desk: Desk
    subject: str
    minutes: Minutes
    caller: Caller
    dry_run: bool

    async def record(self, body: Meeting, token: str) -> Json:
        """Record them once routing knows every case they name.

        What they have to do with is noted before them: whoever is broken off in between sends
        them again. Raises Problem, RefusedError (422), UnavailableError.
        """
        reviews = await looked_up(self.desk, token, body)
        await self._convene()
        recurrent = await self._recurrent(reviews)
        given = m.Record(self.minutes, reviews, recurrent, name(self.caller))
        return await self.desk.enter(self.subject, given, self.caller, dry_run=self.dry_run)

    async def _convene(self) -> None:
        """Give a joint conference its place in its year."""
        minutes = self.minutes
        if minutes.type != "joint_conference":
            return
        year = f"{m.CONFERENCE}{minutes.division}:{minutes.on.year}"
        given = m.Convene(self.subject, minutes.reference, minutes.on, minutes.moved_because)
        await self.desk.take(year, given, self.caller, dry_run=self.dry_run)

    async def _recurrent(self, reviews: tuple[Review, ...]) -> tuple[str, ...]:
        """Note the losses with their defendants; name those of a cause that had lost one before."""
        found = []
        for item in reviews:
            given = m.Note(self.subject, item.case_id, item.causes, self.minutes.on)
            state, _ = await self.desk.take(
                m.LOSSES + item.defendant, given, self.caller, dry_run=self.dry_run
            )
            if isinstance(state, m.Losses) and state.notes[self.subject, item.case_id].recurrent:
                found.append(item.case_id)
        return tuple(found)


async def looked_up(desk: Desk, token: str, body: Meeting) -> tuple[Review, ...]:
    """Ask routing for every case that is named. Raises Problem (422) naming each that is wrong."""
    reviewed = [item.case_id for item in body.reviews]
    found = await desk.routing.cases(token, [*body.cases, *reviewed])
    wrong = [
        FieldError(f"cases.{at}", "there is no such case, or none that you may see")
        for at, case_id in enumerate(body.cases)
        if found[case_id] is None
    ]
    reviews = []
    for at, item in enumerate(body.reviews):
        case = found[item.case_id]
        if said := _not_lost(case):
            wrong.append(FieldError(f"reviews.{at}.case_id", said))
        elif case is not None:
            reviews.append(item.review(case["details"]["defendant"]))
    if wrong:
        raise Problem(422, "refused", wrong)
    return tuple(reviews)


def _not_lost(case: Json | None) -> str | None:
    """Say why a case is no lost lawsuit; None for one that is."""
    if case is None:
        return "there is no such case, or none that you may see"
    if case["kind"] != LAWSUIT:
        return f"is no administrative lawsuit but {case['kind']}"
    conclusion = case["conclusion"]
    if conclusion is None:
        return "is not concluded"
    if conclusion["verdict"] != "lost":
        return f"was not lost: {conclusion['verdict']}"
    return None
