"""How an office goes about a task: mostly in time, now and then late to sign or to end it."""

from dataclasses import dataclass
from datetime import date
from random import Random

from services.record.city import SLOW
from services.record.days import Round, following
from services.record.dealing import percent
from services.record.making import Json, receive

LATE_IN_TEN_THOUSAND = 60
"""Of a division that isn't slow, for either deadline."""


@dataclass(frozen=True, slots=True)
class Handling:
    """What is done on the way, and when the task ends."""

    before: tuple[Json, ...]
    on: date
    """The clock's day of its end."""
    filer: date
    """The clock's day on which the filer can conclude."""


def handle(  # noqa: PLR0913 - by name
    chance: Random, round_: Round, place: str, *, at_once: int, waits: int = 0, late: bool = True
) -> Handling:
    """Choose: at once in so many of a hundred; else on the Thursday, or on the Friday (`waits`).

    `late` says whether it may come after its due, which is never past the Friday.
    """
    drawn, rate = chance.randrange(10_000), LATE_IN_TEN_THOUSAND * SLOW.get(place, 1)
    after = following(round_) if late else None
    if late and drawn < rate:
        return Handling((), round_.thursday, round_.friday)  # the receipt was due before
    if after and drawn < 2 * rate:
        return Handling((receive(round_.monday),), after.monday, after.thursday)
    if percent(chance, at_once):
        return Handling((), round_.monday, round_.thursday)
    if percent(chance, waits):
        return Handling((receive(round_.monday),), round_.friday, round_.friday)
    return Handling((receive(round_.monday),), round_.thursday, round_.friday)
