"""What offices declared that their service may do by itself: a file, checked at start.

The most specific word counts: office and task, office, agency and task, agency, every agency's
task, every agency. An automatic act makes the ones before it automatic, an officer's act those
after it the officer's. What nobody declared waits for an officer.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator
from pydantic_core import PydanticUndefined

from fuyuan_contracts.events import Agency, Task
from fuyuan_contracts.identifiers import OfficeId
from fuyuan_contracts.outcomes import AnyOutcome
from services.agencies.model import Policy
from services.agencies.rules import fill

FROM_CASE: Mapping[str, Any] = {
    "$today": None,
    "$employees": 1,
    "$retirees": 1,
    "$units": 1,
    "$households": 1,
    "$financing_fen": 1,
    "$funding_gap_fen": 1,
    "$claim_fen": 1,
    "$disputes": 1,
}
"""What a template may take from the day and the case, with a value to check the template with."""
OUTCOME: TypeAdapter[Any] = TypeAdapter(AnyOutcome)

Who = Literal["auto", "officer"]


class PolicyError(ValueError):
    """The policy file can't be used; each line says where and why."""


class Acts(BaseModel):
    """Who does each act; what is left out is said elsewhere."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    receive: Who | None = None
    accept: Who | None = None
    resolve: Literal["officer"] | dict[str, Any] | None = None
    """`officer`, or the template of an outcome without `task` and `concluded_on`."""

    @field_validator("resolve")
    @classmethod
    def _as_json(cls, said: Any) -> Any:  # noqa: ANN401 - a template's values are anything
        """YAML reads 2026-01-05 as a date; outcomes are JSON here."""
        if not isinstance(said, dict):
            return said
        return {k: v.isoformat() if isinstance(v, date) else v for k, v in said.items()}

    def full(self) -> dict[str, Any]:
        """Give what is said, with what follows from it for the acts before and after."""
        accept = "auto" if isinstance(self.resolve, dict) else None
        receive = "auto" if accept or self.accept == "auto" else None
        accept = "officer" if self.receive == "officer" else accept
        resolve = "officer" if "officer" in (self.accept, accept) else None
        follows = {"receive": receive, "accept": accept, "resolve": resolve}
        said = {name: value for name, value in follows.items() if value}
        return said | self.model_dump(exclude_none=True)


class Scope(BaseModel):
    """The acts of all tasks, and of single tasks."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    default: Acts = Acts()
    tasks: dict[Task, Acts] = Field(default_factory=dict)


class AgencyScope(Scope):
    """An agency, with what single offices of it declared otherwise."""

    offices: dict[OfficeId, Scope] = Field(default_factory=dict)


class Policies(Scope):
    """The whole file."""

    version: Annotated[int, Field(ge=1)]
    agencies: dict[Agency, AgencyScope] = Field(default_factory=dict)

    def of(self, office: str, task: str) -> Policy:
        """Tell what the service of `office` may do with a `task` by itself."""
        said: dict[str, Any] = {}
        for acts in reversed([*self._layers(office, task)]):
            said |= acts.full()
        template = said.get("resolve")
        return Policy(
            receive=said.get("receive") == "auto",
            accept=said.get("accept") == "auto",
            outcome={**_unsaid(task), **template, "task": task}
            if isinstance(template, dict)
            else None,
        )

    def _layers(self, office: str, task: str) -> Iterator[Acts]:
        agency = self.agencies.get(office.split(".", maxsplit=1)[0], AgencyScope())
        for scope in (agency.offices.get(office, Scope()), agency, self):
            yield from (scope.tasks.get(task, Acts()), scope.default)

    def problems(self) -> list[str]:
        """List what contradicts itself or can't become an outcome."""
        return [problem for name, scope in self._scopes() for problem in _problems(name, scope)] + [
            f"agencies.{agency}.offices.{office}: is no office of {agency}"
            for agency, scope in self.agencies.items()
            for office in scope.offices
            if not office.startswith(f"{agency}.")
        ]

    def _scopes(self) -> Iterator[tuple[str, Scope]]:
        yield "", self
        for agency, scope in self.agencies.items():
            yield f"agencies.{agency}.", scope
            for office, inner in scope.offices.items():
                yield f"agencies.{agency}.offices.{office}.", inner


def _unsaid(task: str) -> dict[str, Any]:
    """Give what an outcome of the task says where nothing is said, as JSON."""
    for model in get_args(get_args(AnyOutcome)[0]):
        if task in get_args(model.model_fields["task"].annotation):
            said = {name: field.default for name, field in model.model_fields.items()}
            return {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in said.items()
                if value not in (None, PydanticUndefined)
            }
    raise ValueError(task)


def load(path: Path) -> Policies:
    """Read a policy file. Raises PolicyError that lists every problem."""
    try:
        policies = Policies.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        msg = f"{path.name}: {error}"
        raise PolicyError(msg) from error
    except ValidationError as error:
        raise PolicyError(_say(path, _lines(error))) from error
    if problems := policies.problems():
        raise PolicyError(_say(path, problems))
    return policies


def _problems(name: str, scope: Scope) -> Iterator[str]:
    if isinstance(scope.default.resolve, dict):
        yield f"{name}default.resolve: an outcome belongs to a task, put it under tasks"
    entries = {"default": scope.default}
    entries |= {f"tasks.{task}": acts for task, acts in scope.tasks.items()}
    for where, acts in entries.items():
        automatic = isinstance(acts.resolve, dict)
        if acts.receive == "officer" and (acts.accept == "auto" or automatic):
            yield f"{name}{where}: receive is the officer's, so what follows can't be automatic"
        if acts.accept == "officer" and automatic:
            yield f"{name}{where}: accept is the officer's, so resolve can't be automatic"
    for task, acts in scope.tasks.items():
        if isinstance(acts.resolve, dict):
            yield from _template_problems(f"{name}tasks.{task}.resolve", task, acts.resolve)


def _template_problems(where: str, task: str, template: Mapping[str, Any]) -> Iterator[str]:
    for name in template.keys() & {"task", "concluded_on"}:
        yield f"{where}.{name}: is set by the service"
    names = {value for value in template.values() if isinstance(value, str) and value[:1] == "$"}
    if unknown := names - FROM_CASE.keys():
        yield f"{where}: unknown {', '.join(sorted(unknown))}; known: {', '.join(FROM_CASE)}"
        return
    sample = {name[1:]: value for name, value in FROM_CASE.items()}
    try:
        OUTCOME.validate_python(
            fill({**template, "task": task}, sample, date(2026, 1, 5)), strict=False
        )
    except ValidationError as error:
        yield from (f"{where}.{line}" for line in _lines(error, skip=1))


def _lines(error: ValidationError, skip: int = 0) -> list[str]:
    return [
        f"{'.'.join(str(part) for part in item['loc'][skip:]) or 'file'}: {item['msg']}"
        for item in error.errors(include_input=False, include_url=False)
    ]


def _say(path: Path, problems: list[str]) -> str:
    return "\n".join([f"{path.name} can't be used:", *(f"  {line}" for line in problems)])
