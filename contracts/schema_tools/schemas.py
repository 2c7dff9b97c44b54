"""JSON Schemas of the contracts, made from the models; the same models give the same bytes."""

import json
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, TypeAdapter

from fuyuan_contracts.cases import ASKED, Details, Kind
from fuyuan_contracts.conclusions import AnyConclusion
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.events import EVENTS, schema_urn
from fuyuan_contracts.outcomes import AnyOutcome
from fuyuan_contracts.steps import AnyStep
from schema_tools.compatibility import OPEN_ENUM

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LISTS: tuple[type[StrEnum], ...] = (Kind, *ASKED.values())
GROWING = frozenset(listed.__name__ for listed in _LISTS)
"""Lists that grow while the version stays: a reader answers `failed` to what it doesn't know."""
GROWING_FIELDS = frozenset({"alike", "cause", "debtor_role", "relation", "role", "why"})
"""Fields with a list of their own that grows, too: what a case is about, who takes part, why
something happened. Lists that figures hang on (`ended`, `stage`, `phase`, `source`) are closed, and
so is what an office's answers are made of.
"""


def event_schema(event: type[BaseModel]) -> Schema:
    """Describe an event's `data`. Open at every depth: a reader ignores what it doesn't know."""
    schema: Schema = opened(_growing(event.model_json_schema()))
    return schema


def envelope_schema() -> Schema:
    """Describe the envelope. `specversion` is required of what is read."""
    schema = Envelope.model_json_schema()
    required: Schema = {"required": ["specversion", *schema["required"]]}
    return {**schema, **required}


def documents() -> dict[str, Schema]:
    """Give every frozen schema by its file's name (without `.json`)."""
    events = {name: _named(name, event_schema(event)) for name, event in sorted(EVENTS.items())}
    return events | {
        "envelope": _named("envelope", envelope_schema()),
        "details": _named("details", _growing(_union(Details))),
        "outcome": _named("outcome", _growing(_union(AnyOutcome))),
        "step": _named("step", _growing(_union(AnyStep))),
        "conclusion": _named("conclusion", _growing(_union(AnyConclusion))),
    }


def text(schema: Schema) -> str:
    """Write a schema as it lies in its file."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def opened(schema: Any) -> Any:  # noqa: ANN401 -- any part of a JSON document
    """Leave out that unknown fields are refused: that holds for HTTP, not for the bus."""
    if isinstance(schema, list):
        return [opened(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: opened(value)
        for key, value in schema.items()
        if not (key == "additionalProperties" and value is False)
    }


def _union(union: Any) -> Schema:  # noqa: ANN401 -- a union in Annotated has no type of its own
    return TypeAdapter(union).json_schema()


def _named(name: str, schema: Schema) -> Schema:
    return {"$schema": DIALECT, "$id": schema_urn(name), **schema}


def _growing(schema: Schema) -> Schema:
    for name in GROWING & set(schema.get("$defs", {})):
        _open(schema["$defs"][name])
    for part in (schema, *schema.get("$defs", {}).values()):
        for name, field in part.get("properties", {}).items():
            if name in GROWING_FIELDS and "enum" in field:
                _open(field)
    return schema


def _open(listed: Schema) -> None:
    listed[OPEN_ENUM] = listed.pop("enum")
