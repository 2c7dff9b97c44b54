"""Published bulletins: frozen once, restated with a reason, never changed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from services.runtime.domain import RefusedError, business_day

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frozen:
    """A figure as it was published: as counted, and what stood behind it."""

    figure: str
    exact: str | None
    shown: str | None
    cases: int
    digest: str


@dataclass(frozen=True, slots=True)
class Publish:
    """Freeze a bulletin as it comes out at `as_of`; `why` restates one that was published."""

    division: str
    begin: date
    end: date
    definitions: int
    as_of: datetime
    figures: tuple[Frozen, ...]
    sections: Sequence[Json]
    by: str
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """An edition of a bulletin was published."""

    division: str
    begin: date
    end: date
    edition: int
    definitions: int
    as_of: datetime
    figures: tuple[Frozen, ...]
    sections: list[dict[str, Any]]
    by: str
    at: datetime
    why: str | None = None
    type: Literal["published"] = "published"


@dataclass(frozen=True, slots=True)
class Bulletin:
    """The editions of one division's bulletin of one period, by number from 1."""

    editions: Mapping[int, Published] = field(default_factory=dict)

    @property
    def last(self) -> Published | None:
        """Give the edition in force."""
        return self.editions[max(self.editions)] if self.editions else None


class Change(NamedTuple):
    """A figure that is not what it was."""

    figure: str
    was: Frozen | None
    now: Frozen | None


class ChangedError(RefusedError):
    """What was published differs from what comes out now, and no reason was given."""

    def __init__(self, changes: Sequence[Change]) -> None:
        """Keep what differs."""
        super().__init__(
            "published already, and figures have changed since: restate it, saying why"
        )
        self.changes = tuple(changes)


def subject(division: str, period: str) -> str:
    """Name the stream of a bulletin."""
    return f"bulletin:{division}:{period}"


def changes(was: Sequence[Frozen], now: Sequence[Frozen]) -> list[Change]:
    """List the figures whose value, or whose cases, are others."""
    before, after = ({item.figure: item for item in items} for items in (was, now))
    names = dict.fromkeys([*before, *after])
    found = (Change(name, before.get(name), after.get(name)) for name in names)
    return [item for item in found if item.was != item.now]


def check_over(end: date, now: datetime) -> None:
    """Refuse a period that still runs: what comes in later would change it."""
    if end >= business_day(now):
        raise RefusedError(f"is not over before {end} has passed", "period")


def decide(state: Bulletin | None, given: Publish, now: datetime) -> Sequence[Published]:
    """Freeze an edition. The same again gives nothing new.

    Raises RefusedError for a period that isn't over, ChangedError where a reason is missing.
    """
    check_over(given.end, now)
    last = state.last if state else None
    if last and last.definitions == given.definitions and not changes(last.figures, given.figures):
        return ()
    if last and not given.why:
        raise ChangedError(changes(last.figures, given.figures))
    if given.why and not last:
        raise RefusedError("there is nothing to restate: it was never published", "restate")
    edition = last.edition + 1 if last else 1
    return (
        Published(
            given.division,
            given.begin,
            given.end,
            edition,
            given.definitions,
            given.as_of,
            given.figures,
            list(given.sections),
            given.by,
            now,
            given.why,
        ),
    )
