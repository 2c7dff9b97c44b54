"""What routing decides by: rules, offices, divisions, the calendar. Pure data, one version of it.

`loading.py` makes a `Rulebook` out of `deploy/routing.yaml` and `deploy/offices.yaml`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline: the end of a working day, as a UTC moment."""

    at: datetime
    provisional: bool = False
    """The holiday table doesn't reach that far: only weekends were left out."""


Calendar = Callable[[datetime, int], Due]
"""The end of the n-th working day after a moment (`workdays.due`)."""


@dataclass(frozen=True, slots=True)
class Name:
    """What people call something."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Office:
    """承办单位: an agency in a division."""

    id: str
    agency: str
    division: str
    name: Name
    receives: bool = True
    """False for an office that only files, such as a liaison office."""
    hosted: bool = True
    """False for an office that runs a consumer of its own; the agencies room serves the others."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a case's details: the value at a dotted path. Absent parts don't count."""

    path: str
    equals: Any = None
    among: tuple[Any, ...] = ()
    least: float | None = None
    most: float | None = None
    exists: bool | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """Working days an office has: to sign for a task, and to finish it."""

    receipt: int
    resolution: int


@dataclass(frozen=True, slots=True)
class Rule:
    """Which tasks go where: to an agency, or to the office that the case's details name.

    All parts of its condition must hold; empty ones do.
    """

    id: str
    kind: str
    agency: str | None
    """Its most specific office for the case's division; None where `office_at` says which."""
    days: Days
    green: Days
    reason: Name
    needs: tuple[str, ...] = ()
    """Each need of these that the case has becomes a task of the same name."""
    task: str | None = None
    """The task where a rule looks at the case as a whole and names no need."""
    divisions: tuple[str, ...] = ()
    """Prefixes of division codes."""
    lane: str | None = None
    details: tuple[Condition, ...] = ()
    office_at: str | None = None
    """The dotted path in the details at which a case names the office."""
    yields_to: tuple[str, ...] = ()
    """Rules that decide a task alone where they match it as well as this one."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When an assignment that was not delivered is issued again."""

    redeliver_seconds: float = 120
    """The first wait; each further one is twice as long."""
    redeliver_times: int = 5


@dataclass(frozen=True, slots=True)
class Ladder:
    """催办与提级: when an office is urged and an overdue task rises; working days, of one lane."""

    urge_every: int = 3
    """After the receipt was due and the first urge, again every so often."""
    urge_most: int = 5
    """The clock urges so often about one receipt; 0: it urges nobody."""
    county: int = 5
    """After the resolution was due: to the county's liaison office (or the first there is)."""
    city: int = 5
    """After that: to the city's."""
    conference: int = 10
    """After that: to the agenda of the joint conference."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One version of everything a routing decision depends on."""

    version: int
    rules: tuple[Rule, ...]
    offices: Mapping[str, Office]
    agencies: Mapping[str, Name]
    divisions: Mapping[str, Name]
    calendar: Calendar
    timing: Timing = field(default_factory=Timing)
    ladders: Mapping[str, Ladder] = field(default_factory=dict)
    """By lane."""

    def office_for(self, agency: str, division: str) -> Office | None:
        """Find the agency's most specific receiving office: the division's own, else the city's."""
        for place in (division, city_of(division)):
            office = self.offices.get(f"{agency}.{place}")
            if office is not None and office.receives:
                return office
        return None

    def liaison_for(self, division: str) -> str:
        """Name the liaison office whose desk a case of the division waits at."""
        own = f"liaison.{division}"
        return own if own in self.offices else f"liaison.{city_of(division)}"

    def ladder_for(self, lane: str) -> Ladder:
        """Give the ladder of a lane; a lane nobody wrote one for has the default."""
        return self.ladders.get(lane, Ladder())

    def office_name(self, office: str) -> Name:
        """Name an office; one that is no longer listed goes by its id."""
        found = self.offices.get(office)
        return found.name if found else Name(office, office)


@dataclass(frozen=True, slots=True)
class Filing:
    """What routing looks at in a case, and what it passes on as it came."""

    kind: str
    division: str
    lane: str
    needs: tuple[str, ...]
    details: Mapping[str, Any]
    """The typed details, as JSON."""
    filer: str = ""
    reference: str = ""
    title: str = ""
    filed_on: date = date.min
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What else the filing says, as JSON: summary, contact, which fields are synthetic."""
    concluded_by_filer: bool = False
    """The kind's end is the filer's to say: it doesn't close with its last task."""


def city_of(division: str) -> str:
    """Give the code of the city a division belongs to."""
    return division[:4] + "00"
