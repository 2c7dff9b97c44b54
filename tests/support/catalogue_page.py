"""docs/catalogue.md as the contracts and the deployed rules have it: every kind, task and outcome.

`.venv/bin/python -m tests.support.catalogue_page` writes it; a test compares.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter

from fuyuan_contracts.cases import ASKED, CONCLUDED_BY_FILER, Details
from fuyuan_contracts.conclusions import AnyConclusion
from fuyuan_contracts.identifiers import OfficeId
from fuyuan_contracts.kinds import Kind
from fuyuan_contracts.outcome_base import Outcome
from fuyuan_contracts.outcomes import AnyOutcome
from fuyuan_contracts.steps import AnyStep
from services.routing.loading import build, read_offices, read_rules
from services.routing.rulebook import Rule, Rulebook
from services.runtime.words import KINDS, TASKS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "catalogue.md"
MARK = "<!-- from here on written by tests/support/catalogue_page.py -->\n"
OFFICE = TypeAdapter(OfficeId).json_schema()["pattern"]
EVERY_CONCLUSION = ("kind", "concluded_on", "note")
TYPES = {"boolean": "true / false", "integer": "number", "string": "text", "object": "{…}"}


def generated() -> str:
    """Write the part of the page that is made from the code."""
    book = build(
        read_rules(ROOT / "deploy" / "routing.yaml"),
        read_offices(ROOT / "deploy" / "offices.yaml"),
        version=1,
    )
    return "\n".join([*(line for kind in Kind for line in _kind(kind, book)), *_steps()])


def members(union: Any, tag: str) -> Mapping[str, type[BaseModel]]:
    """List a discriminated union's models by what their tag says."""
    models = get_args(get_args(union)[0])
    return {model.model_json_schema()["properties"][tag]["const"]: model for model in models}


def _kind(kind: Kind, book: Rulebook) -> Iterator[str]:
    zh, en = KINDS[kind]
    details = members(Details, "kind")[kind]
    yield f"## {zh} `{kind}`"
    yield ""
    yield f"In English: {en}. A filing's `details`: {_fields(details, ('kind',))}."
    yield ""
    yield "| task | | goes to | days | outcome |"
    yield "|---|---|---|---|---|"
    outcomes = members(AnyOutcome, "task")
    for task in ASKED[kind]:
        (rule,) = [item for item in book.rules if item.kind == kind and task in item.needs]
        says = _fields(outcomes[task], ("task", *Outcome.model_fields)) or "—"
        yield f"| `{task}` | {TASKS[task][0]} | {_goes_to(rule, book)} | {_days(rule)} | {says} |"
    yield ""
    waits = kind in CONCLUDED_BY_FILER
    ends = "**its filer's conclusion**" if waits else "its last task, or its filer's conclusion"
    conclusion = members(AnyConclusion, "kind")[kind]
    yield f"Ends with {ends}: {_fields(conclusion, EVERY_CONCLUSION)}."
    yield ""


def _steps() -> Iterator[str]:
    yield "## Steps on the way"
    yield ""
    yield "An office's report of progress may count one, before the outcome:"
    yield ""
    for name, model in members(AnyStep, "step").items():
        yield f"- `{name}`: {_fields(model, ('step',))}"
    yield ""


def _goes_to(rule: Rule, book: Rulebook) -> str:
    if rule.agency is None:
        return f"the office at `{rule.office_at}`"
    return f"{book.agencies[rule.agency].zh} `{rule.agency}`"


def _days(rule: Rule) -> str:
    usual, green = rule.days, rule.green
    return f"{usual.receipt}, {usual.resolution} ({green.receipt}, {green.resolution})"


def _fields(model: type[BaseModel], left_out: tuple[str, ...]) -> str:
    schema = model.model_json_schema()
    return ", ".join(
        f"`{name}`{'' if name in schema['required'] else '?'} {_type(part, schema)}"
        for name, part in schema["properties"].items()
        if name not in left_out
    )


def _type(part: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    match part:
        case {"anyOf": [first, *_]}:
            said = _type(first, schema)
        case {"$ref": path}:
            said = _type(schema["$defs"][path.rpartition("/")[2]], schema)
        case {"enum": values}:
            said = "/".join(values)
        case {"title": "Needs" | "Measures"}:
            said = "[task]"
        case {"type": "array", "items": items}:
            said = f"[{_type(items, schema)}]"
        case {"properties": fields}:
            said = "{" + ", ".join(fields) + "}"
        case {"pattern": pattern} if pattern == OFFICE:
            said = "office"
        case _:
            said = part.get("format") or TYPES[part["type"]]
    return said


def main() -> None:
    """Write the page's generated part again."""
    head, _, _ = PAGE.read_text("utf-8").partition(MARK)
    PAGE.write_text(head + MARK + "\n" + generated(), encoding="utf-8")


if __name__ == "__main__":
    main()
