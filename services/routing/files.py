"""The form of the rules and offices as written: in `deploy/*.yaml`, and as stored."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fuyuan_contracts.cases import Lane
from fuyuan_contracts.events import Agency, Task
from fuyuan_contracts.identifiers import DivisionCode, Line, OfficeId

WorkingDays = Annotated[int, Field(ge=1, le=250, strict=True)]
Urges = Annotated[int, Field(ge=0, le=20, strict=True)]
Prefix = Annotated[str, Field(pattern=r"^[1-8][0-9]{1,5}$")]
Scalar = bool | int | float | str
RuleId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,59}$")]
DetailsPath = Annotated[str, Field(pattern=r"^[a-z_]{1,40}(\.[a-z_]{1,40}){0,5}$")]
BY_HAND = ("desk", "return", "transfer")
"""What stands for a rule where a person chose the office."""


class Part(BaseModel):
    """A part of a file: a field nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Named(Part):
    """What people call something."""

    zh: Line
    en: Line


class DivisionEntry(Named):
    """A division; `local` marks a code that is not one of GB/T 2260."""

    code: DivisionCode
    local: bool = False


class AgencyEntry(Named):
    """An agency, with the other names it goes by."""

    id: Agency
    aliases: tuple[Line, ...] = ()


class OfficeEntry(Part):
    """An agency in a division."""

    id: OfficeId
    zh: Line | None = None
    en: Line | None = None
    receives: bool = True
    hosted: bool = True
    """False for an office that runs a consumer of its own."""

    @property
    def agency(self) -> str:
        """The first half of the id."""
        return self.id.split(".")[0]

    @property
    def division(self) -> str:
        """The second half of the id."""
        return self.id.split(".")[1]


class Offices(Part):
    """`deploy/offices.yaml`."""

    divisions: Annotated[tuple[DivisionEntry, ...], Field(min_length=1)]
    agencies: Annotated[tuple[AgencyEntry, ...], Field(min_length=1)]
    offices: Annotated[tuple[OfficeEntry, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _unique("divisions", (item.code for item in self.divisions))
        _unique("agencies", (item.id for item in self.agencies))
        _unique("offices", (item.id for item in self.offices))
        agencies = {item.id for item in self.agencies}
        divisions = {item.code for item in self.divisions}
        for number, office in enumerate(self.offices):
            _known(f"offices.{number}.id", "agency", office.agency, agencies)
            _known(f"offices.{number}.id", "division", office.division, divisions)
        return self


class Bounds(Part):
    """A condition on one value of the details."""

    min: int | float | None = None
    max: int | float | None = None
    among: Annotated[tuple[Scalar, ...], Field(alias="in")] = ()
    exists: bool | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            msg = "min must not be more than max"
            raise ValueError(msg)
        if self.exists is False and (self.among or self.min is not None or self.max is not None):
            msg = "exists: false goes with no other condition on the same value"
            raise ValueError(msg)
        return self


class When(Part):
    """What must hold for a rule to apply."""

    kind: Task
    need: Task | tuple[Task, ...] = ()
    division: Prefix | tuple[Prefix, ...] = ()
    lane: Lane | None = None
    details: dict[Line, Scalar | Bounds] = {}

    @property
    def needs(self) -> tuple[str, ...]:
        """The needs as a list, one or many."""
        return (self.need,) if isinstance(self.need, str) else self.need

    @property
    def divisions(self) -> tuple[str, ...]:
        """The prefixes as a list, one or many."""
        return (self.division,) if isinstance(self.division, str) else self.division


class DaysEntry(Part):
    """Working days to sign and to finish."""

    receipt_days: WorkingDays
    resolution_days: WorkingDays


class RuleEntry(DaysEntry):
    """One rule."""

    id: RuleId
    when: When
    agency: Agency | None = None
    office_at: DetailsPath | None = None
    yields_to: tuple[RuleId, ...] = ()
    task: Task | None = None
    green: DaysEntry
    reason: Named

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.receipt_days > self.resolution_days:
            msg = "receipt_days must not be more than resolution_days"
            raise ValueError(msg)
        if bool(self.when.needs) == bool(self.task):
            msg = "name either when.need (each need becomes its own task) or a task"
            raise ValueError(msg)
        if bool(self.agency) == bool(self.office_at):
            msg = "name either an agency or office_at (where the details name the office)"
            raise ValueError(msg)
        if self.id in BY_HAND:
            msg = f"the ids {', '.join(BY_HAND)} are for what a person decides"
            raise ValueError(msg)
        return self


class LadderEntry(Part):
    """The ladder of deadlines of the ordinary lane (`rulebook.Ladder`), in working days."""

    urge_every_days: WorkingDays = 3
    urge_most: Urges = 5
    county_days: WorkingDays = 5
    city_days: WorkingDays = 5
    conference_days: WorkingDays = 10


class GreenLadderEntry(LadderEntry):
    """The same of the green channel, where all is shorter."""

    urge_every_days: WorkingDays = 1
    county_days: WorkingDays = 2
    city_days: WorkingDays = 3
    conference_days: WorkingDays = 5


class Ladders(Part):
    """The ladder of each lane; what is left out is as it is here."""

    ordinary: LadderEntry = LadderEntry()
    green: GreenLadderEntry = GreenLadderEntry()


class Rules(Part):
    """`deploy/routing.yaml`."""

    rules: tuple[RuleEntry, ...]
    ladder: Ladders = Ladders()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _unique("rules", (item.id for item in self.rules))
        return self


def problems_of(error: ValidationError) -> list[tuple[str, str]]:
    """List what is wrong with a file: the path with dots, and what was expected."""
    return [
        (".".join(str(part) for part in item["loc"]), item["msg"].removeprefix("Value error, "))
        for item in error.errors()
    ]


def plain(part: Part) -> dict[str, Any]:
    """Give a part as plain data, the way it is written in a file."""
    return part.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _unique(where: str, ids: Iterable[str]) -> None:
    twice = [name for name, count in Counter(ids).items() if count > 1]
    if twice:
        msg = f"{where}: named twice: {', '.join(sorted(twice))}"
        raise ValueError(msg)


def _known(where: str, what: str, name: str, known: set[str]) -> None:
    if name not in known:
        msg = f"{where}: unknown {what} {name}"
        raise ValueError(msg)
