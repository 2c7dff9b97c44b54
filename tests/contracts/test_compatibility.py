from typing import Any

import pytest
from schema_tools.compatibility import breaks

TEXT = {"type": "string", "maxLength": 200}
KINDS = {
    "oneOf": [{"$ref": "#/$defs/A"}],
    "discriminator": {"propertyName": "kind", "mapping": {"a": "#/$defs/A"}},
}
MORE_KINDS = {
    "oneOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}],
    "discriminator": {
        "propertyName": "kind",
        "mapping": {"a": "#/$defs/A", "b": "#/$defs/B"},
    },
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Thing",
    "properties": {
        "name": TEXT,
        "note": {"anyOf": [TEXT, {"type": "null"}], "default": None},
        "title": {"type": "string"},
        "words": {"type": "array", "items": TEXT},
        "what": {"type": "string", "enum": ["a", "b"]},
        "kind": {"type": "string", "x-extensible-enum": ["a"]},
        "details": KINDS,
        "either": {"oneOf": [{"type": "string"}, {"type": "null"}]},
        "part": {"$ref": "#/$defs/A"},
        "step": {"anyOf": [KINDS, {"type": "null"}]},
    },
    "required": ["name", "kind"],
    "$defs": {"A": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}},
}


def changed(path: str, value: Any = ...) -> dict[str, Any]:
    """Give the schema with what is at the path replaced, or taken away."""
    found: dict[str, Any] = _changed(SCHEMA, path.split("/"), value)
    return found


def _changed(schema: Any, path: list[str], value: Any) -> Any:
    first, *rest = path
    copy = dict(schema)
    if rest:
        copy[first] = _changed(schema[first], rest, value)
    elif value is ...:
        del copy[first]
    else:
        copy[first] = value
    return copy


@pytest.mark.parametrize(
    "new",
    [
        SCHEMA,
        changed("properties/joined", TEXT),
        changed("$defs/A/properties/joined", {"type": "integer"}),
        changed("$defs/B", {"type": "object"}),
        changed("title", "Another name for people"),
        changed("description", "words"),
        changed("properties/name", TEXT | {"description": "words"}),
        changed("properties/kind", {"type": "string", "x-extensible-enum": ["a", "b"]}),
        changed("properties/details", MORE_KINDS),
        changed("properties/step/anyOf", [MORE_KINDS, {"type": "null"}]),
    ],
)
def test_an_optional_field_more_keeps_the_version(new: dict[str, Any]) -> None:
    assert breaks(SCHEMA, new) == []


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (changed("properties/name"), "/properties/name: removed"),
        (changed("properties/title"), "/properties/title: removed"),
        (changed("$defs/A"), "/$defs/A: removed"),
        (changed("required", ["name", "kind", "note"]), "/required: note is required now"),
        (changed("required", ["name"]), "/required: kind is optional now"),
        (changed("required"), "/required: name is optional now"),
        (changed("$defs/A/required", ["x", "y"]), "/$defs/A/required: y is required now"),
        (changed("properties/name/maxLength", 100), "/properties/name/maxLength: 200 became 100"),
        (changed("properties/name/maxLength", 300), "/properties/name/maxLength: 200 became 300"),
        (changed("properties/name/maxLength"), "/properties/name/maxLength: 200 became None"),
        (changed("properties/name/pattern", "^a$"), "/properties/name/pattern"),
        (changed("properties/name/type", "integer"), "/properties/name/type"),
        (changed("properties/note/default", "x"), "/properties/note/default"),
        (changed("properties/note/anyOf", [TEXT]), "/properties/note/anyOf"),
        (changed("properties/words/items/maxLength", 5), "/properties/words/items/maxLength"),
        (changed("properties/words/items"), "/properties/words/items"),
        (changed("properties/what/enum", ["a", "b", "c"]), "/properties/what/enum"),
        (changed("properties/what/enum", ["a"]), "/properties/what/enum"),
        (changed("properties/kind/x-extensible-enum", ["b"]), "'a' is gone"),
        (changed("properties/kind/x-extensible-enum"), "x-extensible-enum"),
        (changed("properties/details/oneOf", [{"$ref": "#/$defs/B"}]), "is gone"),
        (changed("properties/details/discriminator/propertyName", "task"), "another property"),
        (changed("properties/details/discriminator/mapping", {"b": "#/$defs/A"}), "mapping"),
        (changed("properties/details/discriminator"), "discriminator"),
        (
            changed("properties/either/oneOf", [{"type": "string"}, {"type": "null"}, TEXT]),
            "/properties/either/oneOf",
        ),
        (changed("properties/step/anyOf", [KINDS]), "/properties/step/anyOf"),
        (changed("properties/step/anyOf", [TEXT, {"type": "null"}]), "/properties/step/anyOf/0"),
        (changed("properties/part/$ref", "#/$defs/B"), "/properties/part/$ref"),
        (changed("additionalProperties", value=False), "/additionalProperties"),
    ],
)
def test_anything_else_needs_a_new_version_and_is_named(new: dict[str, Any], said: str) -> None:
    found = breaks(SCHEMA, new)
    assert any(said in line for line in found), found
